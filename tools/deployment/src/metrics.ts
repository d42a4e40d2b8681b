import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { collectDefaultMetrics, Registry } from 'prom-client';
import ts from 'typescript';
import { root } from './repository.js';

export type MetricKind = 'counter' | 'gauge' | 'histogram' | 'summary';

/** A metric that the code registers. */
export interface Metric {
  readonly name: string;
  readonly kind: MetricKind;
  readonly help: string;
  readonly labels: readonly string[];
  /** Where it is registered: `libs/service-kit`, `apps/limits`. */
  readonly source: string;
}

/** Methods of the service kit's `Metrics`, by the kind that they register. */
const makers: Readonly<Record<string, MetricKind>> = {
  counter: 'counter',
  gauge: 'gauge',
  observedGauge: 'gauge',
  histogram: 'histogram',
};

let all: Promise<readonly Metric[]> | undefined;

/** Every metric that libraries and services register by name, and what prom-client measures of a process, by name. */
export function metricsInCode(): Promise<readonly Metric[]> {
  all ??= readMetrics();
  return all;
}

async function readMetrics(): Promise<Metric[]> {
  const found = ['libs', 'apps'].flatMap((kind) =>
    readdirSync(join(root, kind)).flatMap((name) => metricsOf(`${kind}/${name}`)),
  );
  const byName = new Map<string, Metric>();
  for (const metric of [...found, ...(await processMetrics())])
    byName.set(metric.name, byName.get(metric.name) ?? metric);
  return [...byName.values()].sort((one, other) => one.name.localeCompare(other.name, 'en'));
}

/** Names under which a metric can be asked for. */
export function seriesOf({ name, kind }: Metric): string[] {
  return kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

function metricsOf(folder: string): Metric[] {
  const source = join(root, folder, 'src');
  const files = listed(source).filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));
  return files.flatMap((file) => {
    const text = readFileSync(join(source, file), 'utf8');
    return text.includes('risk_budget_')
      ? registrations(ts.createSourceFile(file, text, ts.ScriptTarget.Latest), folder)
      : [];
  });
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true }).map((file) => String(file).split(sep).join('/'));
  } catch {
    return []; // a package without sources
  }
}

function registrations(file: ts.SourceFile, source: string): Metric[] {
  const metrics: Metric[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const kind = makers[node.expression.name.text];
      const [name, help, labels] = node.arguments;
      if (kind !== undefined && name !== undefined && ts.isStringLiteral(name) && name.text.startsWith('risk_budget_'))
        metrics.push({ name: name.text, kind, help: textOf(help), labels: listOf(labels), source });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return metrics;
}

function textOf(node: ts.Expression | undefined): string {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : '';
}

function listOf(node: ts.Expression | undefined): string[] {
  return node !== undefined && ts.isArrayLiteralExpression(node) ? node.elements.map(textOf) : [];
}

/** Asked of prom-client itself, with the prefix that the service kit gives. */
async function processMetrics(): Promise<Metric[]> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'risk_budget_' });
  const metrics = await registry.getMetricsAsJSON();
  return metrics.map(({ name, help, type }) => ({
    name,
    help,
    kind: String(type) as MetricKind,
    labels: [],
    source: 'libs/service-kit',
  }));
}
