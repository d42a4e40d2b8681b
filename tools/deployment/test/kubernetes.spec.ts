import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames } from '@risk-budget/provision';
import { parse } from 'yaml';
import { metricsInCode, namesOf, readText, root } from '../src/index.js';
import { misfits } from './support/kubernetes-schemas.js';
import { manifests, type Manifest } from './support/yaml.js';

const folder = 'docker/kubernetes';
const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.yaml'),
);

/** The example as kustomize puts it together; undefined, and said aloud, where neither kubectl nor kustomize is. */
function rendered(): Manifest[] | undefined {
  for (const [command, ...args] of [
    ['kubectl', 'kustomize'],
    ['kustomize', 'build'],
  ] as const) {
    const { status, stdout, stderr, error } = spawnSync(command, [...args, join(root, folder, 'overlays', 'example')], {
      encoding: 'utf8',
    });
    if (error !== undefined) continue;
    if (status !== 0) throw new Error(stderr);
    return manifests(stdout);
  }
  process.stderr.write(
    '\n*** SKIPPED: what kustomize makes of docker/kubernetes, for this machine has neither kubectl nor kustomize ***\n\n',
  );
  return undefined;
}

describe('the files of docker/kubernetes', () => {
  it('are kustomizations, or objects that fit the schemas of Kubernetes', () => {
    const objects = files
      .filter((file) => !file.endsWith('kustomization.yaml'))
      .flatMap((file) => manifests(readText(`${folder}/${file}`)));
    expect(objects.length).toBeGreaterThan(10);
    expect(misfits(objects)).toEqual([]);
    for (const file of files.filter((one) => one.endsWith('kustomization.yaml')))
      expect(parse(readText(`${folder}/${file}`))).toMatchObject({
        kind: 'Kustomization',
        resources: expect.any(Array) as unknown,
      });
  });

  it('would be refused with a misspelt field, a missing one or a wrong type', () => {
    const job = (spec: object): Manifest => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'x', labels: {} },
      spec,
    });
    const template = { spec: { containers: [{ name: 'a' }] } };
    expect(misfits([job({ template })])).toEqual([]);
    expect(misfits([job({ template, backofLimit: 3 })])).toHaveLength(1);
    expect(misfits([job({})])).not.toEqual([]);
    expect(misfits([job({ template, backoffLimit: 'three' })])).not.toEqual([]);
  });

  it('name for every service the configuration that it needs, and nothing that it does not know', () => {
    const common = readText(`${folder}/overlays/example/config.env`)
      .split('\n')
      .flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
    for (const name of serviceNames)
      expect(common.filter((variable) => !namesOf(name).known.has(variable))).toEqual([]);
  });
});

const objects = rendered();
const describeRendered = objects === undefined ? describe.skip : describe;

describeRendered('the example deployment on Kubernetes', () => {
  const all = objects ?? [];
  const one = (kind: string, name: string): Manifest => {
    const found = all.find((object) => object.kind === kind && object.metadata.name === name);
    if (found === undefined) throw new Error(`no ${kind} ${name}`);
    return found;
  };
  const pods = all.filter(({ kind }) => kind === 'Deployment' || kind === 'Job');

  it('fits the schemas of Kubernetes', () => {
    expect(misfits(all)).toEqual([]);
  });

  it.each([...serviceNames])('has of %s all its parts, each of its own', (name) => {
    for (const kind of [
      'Deployment',
      'Service',
      'ServiceAccount',
      'PodDisruptionBudget',
      'HorizontalPodAutoscaler',
      'NetworkPolicy',
    ])
      expect(one(kind, `risk-budget-${name}`).metadata.labels['app.kubernetes.io/name']).toBe(name);
    const selected = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': 'service' };
    expect(one('Service', `risk-budget-${name}`)).toMatchObject({ spec: { selector: selected } });
    for (const kind of ['Deployment', 'PodDisruptionBudget'])
      expect(one(kind, `risk-budget-${name}`)).toMatchObject({ spec: { selector: { matchLabels: selected } } });
    expect(one('Deployment', `risk-budget-${name}`)).toMatchObject({
      spec: {
        template: {
          metadata: { labels: selected },
          spec: {
            serviceAccountName: `risk-budget-${name}`,
            containers: [{ image: expect.stringMatching(new RegExp(`/${name}:\\d`)) as unknown }],
          },
        },
      },
    });
    expect(one('Job', `risk-budget-migrate-${name}`)).toMatchObject({
      spec: {
        template: {
          spec: {
            containers: [{ args: ['migrate'], image: expect.stringMatching(new RegExp(`/${name}:\\d`)) as unknown }],
            volumes: [{ projected: { sources: [{ secret: { name: `${name}-database-owner` } }] } }, {}],
          },
        },
      },
    });
  });

  it.each([...serviceNames])('gives %s only variables that it knows, and every one that it needs', (name) => {
    const { known, required } = namesOf(name);
    const [container] = containersOf(one('Deployment', `risk-budget-${name}`));
    const config = all.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === container?.envFrom[0]);
    const given = [...Object.keys((config?.['data'] ?? {}) as object), ...(container?.env ?? [])];
    expect(given.filter((variable) => !known.has(variable))).toEqual([]);
    expect(
      [...required].filter((variable) => !given.includes(variable) && !given.includes(`${variable}_FILE`)),
    ).toEqual([]);
  });

  it('probes the management port', () => {
    for (const name of serviceNames) {
      const path = (what: string) => ({ httpGet: { path: `/health/${what}`, port: 'management' } });
      expect(one('Deployment', `risk-budget-${name}`)).toMatchObject({
        spec: {
          template: {
            spec: {
              containers: [{ startupProbe: path('live'), livenessProbe: path('live'), readinessProbe: path('ready') }],
            },
          },
        },
      });
    }
  });

  it('runs nothing as root, lets nothing write or gain rights, and gives nothing a token of the cluster', () => {
    expect(pods).toHaveLength(serviceNames.length * 2 + 2);
    for (const pod of pods)
      expect(pod).toMatchObject({
        spec: {
          template: {
            spec: {
              automountServiceAccountToken: false,
              securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
              containers: [
                {
                  securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ['ALL'] },
                  },
                  resources: {
                    limits: { memory: expect.any(String) as unknown },
                    requests: { cpu: expect.any(String) as unknown },
                  },
                },
              ],
            },
          },
        },
      });
  });

  it('holds no secret, only references', () => {
    expect(all.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(JSON.stringify(all)).not.toMatch(/postgres(ql)?:\/\/[^"]*:[^"]*@/);
  });

  it('denies every connection but those named: REST and metrics in; database, broker, keys, traces and names out', () => {
    expect(one('NetworkPolicy', 'default-deny')).toMatchObject({
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
    for (const name of serviceNames) {
      const { spec } = one('NetworkPolicy', `risk-budget-${name}`) as unknown as {
        spec: { ingress: { ports: { port: string }[] }[]; egress: { ports: { port: number }[] }[] };
      };
      expect(spec.ingress.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual(['http', 'management']);
      expect(
        [...new Set(spec.egress.flatMap(({ ports }) => ports.map(({ port }) => port)))].sort((a, b) => a - b),
      ).toEqual([443, 4318, 5432, 6650, 6651, 8080, 8443]);
    }
  });

  it('scales on the lag that the services measure', async () => {
    const metric = 'risk_budget_consumer_lag_messages';
    expect((await metricsInCode()).map(({ name }) => name)).toContain(metric);
    for (const name of serviceNames)
      expect(one('HorizontalPodAutoscaler', `risk-budget-${name}`)).toMatchObject({
        spec: {
          scaleTargetRef: { kind: 'Deployment', name: `risk-budget-${name}` },
          metrics: [
            { type: 'External', external: { metric: { name: metric, selector: { matchLabels: { service: name } } } } },
          ],
        },
      });
    expect(parse(readText('docker/observability/prometheus-adapter.yaml'))).toMatchObject({
      externalRules: [{ name: { as: metric } }],
    });
  });
});

function containersOf(object: Manifest): { env: string[]; envFrom: string[] }[] {
  const { spec } = object as unknown as {
    spec: {
      template: {
        spec: { containers: { env?: { name: string }[]; envFrom?: { configMapRef: { name: string } }[] }[] };
      };
    };
  };
  return spec.template.spec.containers.map(({ env = [], envFrom = [] }) => ({
    env: env.map(({ name }) => name),
    envFrom: envFrom.map(({ configMapRef }) => configMapRef.name),
  }));
}
