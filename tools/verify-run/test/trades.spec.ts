import type { CheckedLimitFinding, PreTradeFinding, WhatIfFinding } from '../src/inputs/trade-findings.js';
import { verify } from '../src/verify.js';
import { run } from './corrupted.js';

const [preTrade] = run.rest.preTrades;
const [whatIf] = run.rest.whatIfs;
if (preTrade === undefined || whatIf === undefined) throw new Error('nobody was asked');
const off = (value: number) => value * (1 + 1e-6);
const elsewhere = '00000000-0000-4000-8000-000000000000';

describe('the verification of checks before trades', () => {
  const figures = 'pre-trade: every limit before and after the trades, none left out';
  const results = 'pre-trade: refused where a hard limit is broken or worsened, as the script expects';
  const failed = (preTrades: readonly PreTradeFinding[], inputs = run.inputs): string[] =>
    verify(inputs, run.messages, { ...run.rest, preTrades }, ['preTrades'])
      .checks.filter((check) => check.failed > 0)
      .map(({ name }) => name);
  const withLimit = (change: (one: CheckedLimitFinding) => CheckedLimitFinding) => [
    { ...preTrade, limits: preTrade.limits.map((one, at) => (at === 1 ? change(one) : one)) },
  ];
  const withLineage = (change: Partial<PreTradeFinding['lineage']>) => [
    { ...preTrade, lineage: { ...preTrade.lineage, ...change } },
  ];

  it('passes what is right: a hard limit that is worsened refuses, a soft one that comes closer does not', () => {
    expect(failed([preTrade])).toEqual([]);
    expect(preTrade.limits.map(({ breachedBefore, worsens }) => [breachedBefore, worsens])).toEqual([
      [true, false],
      [true, true],
    ]);
  });

  it('fails on a figure before or after, and on a bound, that is off', () => {
    expect(failed(withLimit((one) => ({ ...one, before: off(one.before ?? NaN) })))).toEqual([figures]);
    expect(failed(withLimit((one) => ({ ...one, before: null })))).toEqual([figures]);
    expect(failed(withLimit((one) => ({ ...one, after: off(one.after) })))).toEqual([figures]);
    expect(failed(withLimit((one) => ({ ...one, bound: off(one.bound) })))).toEqual([figures]);
  });

  it.each(['breachedBefore', 'breachedAfter', 'worsens'] as const)('fails on another %s', (flag) => {
    expect(failed(withLimit((one) => ({ ...one, [flag]: !one[flag] })))).toEqual([figures]);
  });

  it('fails on a limit that is left out, invented, another version or told twice', () => {
    const [first, second] = preTrade.limits;
    if (first === undefined || second === undefined) throw new Error('no limits were touched');
    expect(failed([{ ...preTrade, limits: [first] }])).toEqual([figures]);
    expect(failed([{ ...preTrade, limits: [first, second, { ...second, limitId: 'unheard-of' }] }])).toEqual([figures]);
    expect(failed([{ ...preTrade, limits: [first, second, second] }])).toEqual([figures]);
    expect(failed(withLimit((one) => ({ ...one, version: 2 })))).toEqual([figures]);
    expect(failed(withLimit((one) => ({ ...one, nodeId: 'portfolio' })))).toEqual([figures]);
  });

  it('fails on another state of the portfolio, model or plan than of that moment', () => {
    expect(failed(withLineage({ nav: off(preTrade.lineage.nav) }))).toEqual([figures]);
    expect(failed(withLineage({ positionSequence: 7 }))).toEqual([figures]);
    expect(failed(withLineage({ modelId: elsewhere }))).toEqual([figures]);
    expect(failed(withLineage({ planId: elsewhere, planVersion: 1 }))).toEqual([figures]);
  });

  it('fails on trades that pass and should not, and on a check of the script that was never made or ended otherwise', () => {
    expect(failed([{ ...preTrade, result: 'pass' }])).toEqual([results]);
    expect(failed([])).toEqual([results]);
    expect(failed([preTrade, preTrade])).toEqual([results]);
    expect(failed([{ ...preTrade, trades: preTrade.trades.slice(1) }])).toContain(results);
    const desk = run.inputs.desk.map((action) => ({ ...action, expect: 'pass' }));
    expect(failed([preTrade], { ...run.inputs, desk })).toEqual([results]);
  });
});

describe('the verification of what-ifs', () => {
  const failures = (whatIfs: readonly WhatIfFinding[]): number =>
    verify(run.inputs, run.messages, { ...run.rest, whatIfs }, ['whatIfs']).checks[0]?.failed ?? NaN;
  const withNode = (change: (one: WhatIfFinding['nodes'][number]) => WhatIfFinding['nodes'][number]) =>
    failures([{ ...whatIf, nodes: whatIf.nodes.map((one) => (one.nodeId === 'leaf:growth/AAA' ? change(one) : one)) }]);
  const withMeasure = (change: (one: WhatIfFinding['nodes'][number]['measures'][number]) => object) =>
    withNode((one) => ({
      ...one,
      measures: one.measures.map((figures, at) => (at === 1 ? { ...figures, ...change(figures) } : figures)),
    }));

  it('passes what is right', () => {
    expect(failures([whatIf])).toBe(0);
    expect(whatIf.nodes.find(({ nodeId }) => nodeId === 'leaf:growth/CCC')?.weightBefore).toBe(0);
  });

  it.each(['before', 'after'] as const)('fails on a net asset value and on a figure %s that is off', (side) => {
    expect(failures([{ ...whatIf, [side]: { ...whatIf[side], nav: off(whatIf[side].nav) } }])).toBe(1);
    const metrics = { ...whatIf[side].metrics, es: off(whatIf[side].metrics.es) };
    expect(failures([{ ...whatIf, [side]: { ...whatIf[side], metrics } }])).toBe(1);
  });

  it('fails on a change that is not the difference', () => {
    expect(failures([{ ...whatIf, change: { ...whatIf.change, es: (whatIf.change['es'] ?? NaN) + 1e-6 } }])).toBe(1);
    expect(failures([{ ...whatIf, change: {} }])).toBeGreaterThan(10);
  });

  it('fails on values, weights and figures of a node that are off', () => {
    expect(withNode((one) => ({ ...one, valueBefore: off(one.valueBefore) }))).toBe(1);
    expect(withNode((one) => ({ ...one, valueAfter: off(one.valueAfter) }))).toBe(1);
    expect(withNode((one) => ({ ...one, weightBefore: off(one.weightBefore) }))).toBe(1);
    expect(withNode((one) => ({ ...one, weightAfter: off(one.weightAfter) }))).toBe(1);
    for (const side of ['before', 'after'] as const) {
      for (const figure of ['consumption', 'standalone'] as const) {
        expect(
          withMeasure((one) => ({ [side]: one[side] && { ...one[side], [figure]: off(one[side][figure]) } })),
        ).toBe(1);
      }
      expect(withMeasure((one) => ({ [side]: one[side] && { ...one[side], budget: 0.1 } }))).toBe(1);
    }
    expect(withMeasure((one) => ({ consumptionChange: one.consumptionChange + 1e-6 }))).toBe(1);
  });

  it('fails on a node that is missing, another snapshot and a portfolio that nobody asked about', () => {
    expect(failures([{ ...whatIf, nodes: whatIf.nodes.slice(1) }])).toBe(1);
    expect(failures([{ ...whatIf, snapshotId: elsewhere }])).toBe(1);
    expect(failures([])).toBe(1);
    expect(failures([{ ...whatIf, trades: whatIf.trades.slice(1) }])).toBeGreaterThan(10);
  });
});
