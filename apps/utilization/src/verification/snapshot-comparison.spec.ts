import type { PortfolioMetrics, SnapshotNode } from '@risk-budget/contracts';
import { compareSnapshots } from './snapshot-comparison.js';

const metrics = { volatilityAnnual: 0.2, beta: null } as PortfolioMetrics;
const node = (consumption: number): SnapshotNode => ({
  nodeId: 'portfolio',
  parentId: null,
  kind: 'portfolio',
  value: 1,
  weight: 1,
  measures: [{ measure: 'var', consumption, standalone: 1, budget: 2, utilization: 0.5, headroom: 1, state: 'green' }],
});
const snapshot = { nav: 100, metrics, modelledShare: 1, proxiedShare: 0, nodes: [node(1)] };

describe('snapshot comparison', () => {
  it('finds that a snapshot agrees with itself, missing figures included', () => {
    const comparison = compareSnapshots(snapshot, structuredClone(snapshot));
    expect(comparison.differences).toEqual([]);
    expect(comparison.compared).toBe(12);
    expect(comparison.largestRelativeDifference).toBe(0);
  });

  it('overlooks rounding and nothing more', () => {
    expect(compareSnapshots(snapshot, { ...snapshot, nodes: [node(1 + 1e-12)] }).differences).toEqual([]);
    expect(compareSnapshots(snapshot, { ...snapshot, nodes: [node(1 + 1e-9)] }).differences).toMatchObject([
      { path: 'nodes[portfolio].var.consumption', stored: 1 },
    ]);
  });

  it('takes a figure or node that is gone as a difference', () => {
    expect(compareSnapshots(snapshot, { ...snapshot, nodes: [] }).differences).toHaveLength(7);
    const without = { ...snapshot, metrics: { ...metrics, beta: 1 } };
    expect(compareSnapshots(snapshot, without).differences).toEqual([
      { path: 'metrics.beta', stored: null, rebuilt: 1 },
    ]);
  });
});
