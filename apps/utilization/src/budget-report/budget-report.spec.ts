import { defaultRiskPolicy, type NodeMeasure, type SnapshotNode } from '@risk-budget/contracts';
import type { UtilizationTree } from '../tree/tree.schemas.js';
import { budgetReportCsv, budgetReportOf } from './budget-report.js';
import { budgetReport } from './budget-report.schemas.js';

const figures = (consumption: number, budget: number | null, standalone: number): NodeMeasure => ({
  measure: 'volatility',
  consumption,
  standalone,
  budget,
  utilization: budget === null ? null : consumption / budget,
  headroom: budget === null ? null : budget - consumption,
  state: budget === null ? 'unbudgeted' : consumption > budget ? 'red' : 'green',
});
const node = (
  nodeId: string,
  parentId: string | null,
  kind: SnapshotNode['kind'],
  ...measures: NodeMeasure[]
): SnapshotNode => ({ nodeId, parentId, kind, value: 10, weight: 0.1, measures });

const tree: UtilizationTree = {
  portfolioId: 'P1',
  asOf: '2020-03-09T21:00:00.000Z',
  knownAt: '2020-03-09T21:00:00.000Z',
  source: 'snapshot',
  snapshotId: 'b3c2a0d4-5b0e-4f0e-8b62-0b7b7b2f8a11',
  sequence: 3,
  cause: 'price',
  problem: null,
  state: 'complete',
  baseCurrency: 'USD',
  nav: 100,
  metrics: {
    volatilityAnnual: 0.1,
    var: 0.01,
    es: 0.012,
    historicalVar: null,
    historicalEs: null,
    trackingErrorAnnual: null,
    beta: null,
    gross: 0.9,
    net: 0.9,
    leverage: 0.9,
    cash: 0.1,
    largestWeight: 0.5,
    topFiveWeight: 0.9,
    herfindahl: 0.5,
    effectiveNumber: 2,
    largestIssuerWeight: 0.5,
    daysToLiquidate: null,
    diversificationBenefit: 0.05,
  },
  modelledShare: 1,
  proxiedShare: 0,
  stalePrices: [],
  lineage: {
    positionSequence: 1,
    priceTime: '2020-03-09T21:00:00.000Z',
    modelId: 'b3c2a0d4-5b0e-4f0e-8b62-0b7b7b2f8a12',
    policy: defaultRiskPolicy,
    planId: 'b3c2a0d4-5b0e-4f0e-8b62-0b7b7b2f8a13',
    planVersion: 2,
    historicalWindow: null,
    codeVersion: 'utilization/0.1.0',
  },
  nodes: [
    node('portfolio', null, 'portfolio', figures(0.1, 0.12, 0.1)),
    node('strategy:Growth', 'portfolio', 'strategy', figures(0.08, 0.06, 0.11)),
    node('strategy:Hedge', 'portfolio', 'strategy', figures(0.02, null, 0.04)),
    node('issuer:Apple', null, 'issuer', figures(0.03, null, 0.05)),
  ],
};

describe('budget report', () => {
  const report = budgetReportOf(tree);

  it('fits its published schema', () => {
    expect(() => budgetReport.parse(report)).not.toThrow();
  });

  it('sets each node’s budget and use beside the portfolio’s, views left out', () => {
    expect(report.rows.map(({ nodeId }) => nodeId)).toEqual(['portfolio', 'strategy:Growth', 'strategy:Hedge']);
    const growth = report.rows[1];
    expect(growth?.budgetShare).toBeCloseTo(0.5, 14);
    expect(growth?.consumptionShare).toBeCloseTo(0.8, 14);
    expect(growth?.diversificationBenefit).toBeCloseTo(0.03, 14);
    expect(report.rows[2]).toMatchObject({ budgetShare: null, utilization: null, state: 'unbudgeted' });
  });

  it('counts the states of the nodes for each measure that there is', () => {
    expect(report.totals).toEqual([
      expect.objectContaining({
        measure: 'volatility',
        budget: 0.12,
        nodes: { green: 1, amber: 0, red: 1, unbudgeted: 1 },
      }),
    ]);
  });

  it('has nothing to say of a measure that was not computed', () => {
    expect(budgetReportOf(tree, 'trackingError')).toMatchObject({ totals: [], rows: [] });
  });

  it('writes one line of CSV for each row, that a spreadsheet reads back to the same numbers', () => {
    const [header, ...lines] = budgetReportCsv(report).trim().split('\r\n');
    expect(header).toMatch(/^portfolioId,asOf,snapshotId,planId,planVersion,measure,nodeId/);
    expect(lines).toHaveLength(3);
    const cells = lines[1]?.split(',') ?? [];
    expect(cells[6]).toBe('strategy:Growth');
    expect(Number(cells[13])).toBe(0.08);
    expect(lines[2]).toContain(',,'); // no budget is an empty cell
  });
});
