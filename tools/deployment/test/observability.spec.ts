import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { z } from 'zod';
import { metricsInCode, readText, seriesOf } from '../src/index.js';

const rules = z
  .object({
    groups: z.array(
      z.object({
        name: z.string(),
        rules: z.array(
          z.union([
            z.strictObject({ record: z.string(), expr: z.string() }),
            z.strictObject({
              alert: z.string(),
              expr: z.string(),
              for: z.string().optional(),
              labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']) }),
              annotations: z.strictObject({ summary: z.string() }),
            }),
          ]),
        ),
      }),
    ),
  })
  .parse(parse(readText('docker/observability/alerts.yaml')))
  .groups.flatMap((group) => group.rules);

const dashboard = z
  .looseObject({
    title: z.string(),
    panels: z.array(
      z.looseObject({
        title: z.string(),
        type: z.string(),
        targets: z.array(z.looseObject({ expr: z.string() })).default([]),
      }),
    ),
  })
  .parse(JSON.parse(readText('docker/observability/dashboard.json')));

const panelExpressions = dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
const expressions = [
  ...rules.map((rule) => ({ title: 'alert' in rule ? rule.alert : rule.record, expr: rule.expr })),
  ...panelExpressions,
];

/** Grafana puts a pattern in the place of its variables. */
const plain = (expr: string): string => expr.replaceAll('$service', '.*');

/** What the grammar of Prometheus finds wrong, and the metrics and labels that an expression names. */
function read(expr: string): { errors: number; metrics: string[]; labels: string[] } {
  const [metrics, labels]: [string[], string[]] = [[], []];
  let errors = 0;
  parser.parse(expr).iterate({
    enter: ({ type, name, from, to }) => {
      if (type.isError) errors++;
      if (name === 'VectorSelector') metrics.push(/^[\w:]+/.exec(expr.slice(from, to))?.[0] ?? '');
      if (name === 'LabelName') labels.push(expr.slice(from, to));
    },
  });
  return { errors, metrics, labels };
}

describe('alerts and dashboard', () => {
  it('are told apart from mistakes by the grammar', () => {
    expect(read('sum by (service) (rate(risk_budget_x_total{kind="handler"}[5m])) > 0')).toEqual({
      errors: 0,
      metrics: ['risk_budget_x_total'],
      labels: ['service', 'kind'],
    });
    expect(read('sum by (service (rate(risk_budget_x_total[5m]))').errors).toBeGreaterThan(0);
    expect(read('risk_budget_x_total[5x]').errors).toBeGreaterThan(0);
  });

  it.each(expressions.map(({ title, expr }) => [title, expr]))('%s is PromQL: %s', (_, expr) => {
    expect(read(plain(expr)).errors).toBe(0);
  });

  it('ask only for metrics that a service registers or a rule records, and for labels that these have', async () => {
    const registered = await metricsInCode();
    const labelsOf = new Map(
      registered.flatMap((metric) => seriesOf(metric).map((series) => [series, metric.labels] as const)),
    );
    const recorded = new Set(rules.flatMap((rule) => ('record' in rule ? [rule.record] : [])));
    // Labels that every registry gives, a histogram's own, and those of the scrape.
    const always = ['service', 'instance', 'le', 'job'];
    for (const { title, expr } of expressions) {
      const { metrics, labels } = read(plain(expr));
      for (const metric of metrics)
        expect([title, metric, metric === 'up' || recorded.has(metric) || labelsOf.has(metric)]).toEqual([
          title,
          metric,
          true,
        ]);
      const known = [...always, ...metrics.flatMap((metric) => labelsOf.get(metric) ?? [])];
      expect([title, labels.filter((label) => !known.includes(label))]).toEqual([title, []]);
    }
  });

  it('are of one kind: a counter is asked for its rate or increase, a gauge never', async () => {
    const kinds = new Map(
      (await metricsInCode()).flatMap((metric) => seriesOf(metric).map((series) => [series, metric.kind])),
    );
    for (const { title, expr } of expressions)
      for (const [, name = ''] of plain(expr).matchAll(/(?<!\w)(risk_budget_\w+)/g)) {
        const rated = new RegExp(`(rate|increase)\\(${name}(\\{[^}]*\\})?\\[`).test(plain(expr));
        expect([title, name, rated]).toEqual([title, name, kinds.get(name) !== 'gauge']);
      }
  });

  it('have names and panels of their own', () => {
    const alerts = rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : []));
    expect(new Set(alerts).size).toBe(alerts.length);
    expect(alerts.length).toBeGreaterThan(15);
    const titles = dashboard.panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('are explained in docs/operations.md, every alert and no other', () => {
    const alerts = rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : []));
    const explained = [...readText('docs/operations.md').matchAll(/^\| `(RiskBudget\w+)`/gm)].map(([, name]) => name);
    expect(explained.sort()).toEqual(alerts.sort());
  });
});
