import { join } from 'node:path';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Namespace, Service, ServiceAccount } from 'kubernetes-models/v1';
import ts from 'typescript';
import { root } from '../../src/index.js';
import type { Manifest } from './yaml.js';

/** What a deployment of ours is made of, by `apiVersion/kind`: the schema that an object must fit, and where its type is. */
const kinds: Readonly<Record<string, { make: new (data: never) => { validate(): void }; module: string }>> = {
  'apps/v1/Deployment': { make: Deployment, module: 'apps/v1' },
  'autoscaling/v2/HorizontalPodAutoscaler': { make: HorizontalPodAutoscaler, module: 'autoscaling/v2' },
  'batch/v1/Job': { make: Job, module: 'batch/v1' },
  'networking.k8s.io/v1/NetworkPolicy': { make: NetworkPolicy, module: 'networking.k8s.io/v1' },
  'policy/v1/PodDisruptionBudget': { make: PodDisruptionBudget, module: 'policy/v1' },
  'v1/ConfigMap': { make: ConfigMap, module: 'v1' },
  'v1/Namespace': { make: Namespace, module: 'v1' },
  'v1/Service': { make: Service, module: 'v1' },
  'v1/ServiceAccount': { make: ServiceAccount, module: 'v1' },
};

/**
 * What does not fit. The package's schemas find what is missing or of a wrong type, and let fields pass that they do not know; a type
 * check of each object as a literal of the package's types finds those.
 */
export function misfits(objects: readonly Manifest[]): string[] {
  return [...objects.flatMap(againstSchema), ...againstTypes(objects)];
}

function titleOf({ apiVersion, kind, metadata }: Manifest): string {
  return `${apiVersion}/${kind} ${metadata.name}`;
}

function againstSchema(object: Manifest): string[] {
  const known = kinds[`${object.apiVersion}/${object.kind}`];
  if (known === undefined) return [`${titleOf(object)}: unknown kind`];
  try {
    new known.make(object as never).validate();
    return [];
  } catch (error) {
    return [`${titleOf(object)}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function againstTypes(objects: readonly Manifest[]): string[] {
  const lines = objects.flatMap((object, index) => {
    const module = kinds[`${object.apiVersion}/${object.kind}`]?.module;
    const type = `import('kubernetes-models/${module}').I${object.kind}`;
    return module === undefined
      ? []
      : [`/* ${titleOf(object)} */ export const object${index}: ${type} = ${JSON.stringify(object)};`];
  });
  const name = join(root, 'tools', 'deployment', 'test', 'objects.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (file, ...rest) =>
    file === name ? ts.createSourceFile(file, lines.join('\n'), ts.ScriptTarget.ES2023) : read(file, ...rest);
  const exists = host.fileExists.bind(host);
  host.fileExists = (file) => file === name || exists(file);
  const program = ts.createProgram([name], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const line = file?.text.slice(file.text.lastIndexOf('\n', start) + 1, start) ?? '';
    return `${/^\/\* (.*?) \*\//.exec(line)?.[1] ?? file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}
