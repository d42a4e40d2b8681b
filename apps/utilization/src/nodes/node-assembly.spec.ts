import type { BudgetNode, BudgetTree, RiskMeasure, SnapshotNode } from '@risk-budget/contracts';
import {
  createCovariance,
  defaultRiskSpecification,
  evaluatePortfolio,
  type PortfolioLeaf,
} from '@risk-budget/risk-math';
import { assembleNodes, type NodeAssemblyInput } from './node-assembly.js';

const thresholds = { amber: 0.8, red: 1, hysteresis: 0.05 };
const leaf = (strategy: string, instrumentId: string, sector: string, value: number): PortfolioLeaf => ({
  strategy,
  instrumentId,
  sector,
  issuer: instrumentId,
  value,
});

/** Two uncorrelated names of 1 % a day each: contributions of volatility are w²·0.01²·252 / σ. */
const evaluation = evaluatePortfolio({
  nav: 100,
  leaves: [leaf('Growth', 'A', 'Tech', 60), leaf('Income', 'B', 'Energy', 30)],
  model: {
    modelId: 'm',
    instrumentIds: ['A', 'B'],
    matrix: createCovariance(Float64Array.of(1e-4, 0, 0, 1e-4), 2, {}),
  },
  specification: defaultRiskSpecification,
  measures: ['volatility', 'var'],
});
const total = 0.01 * Math.sqrt(0.36 + 0.09) * Math.sqrt(252);
const growth = (total * 0.36) / 0.45;

const budgetNode = (nodeId: string, kind: BudgetNode['kind'], budget: number): BudgetNode => ({
  nodeId,
  parentId: kind === 'portfolio' ? null : 'portfolio',
  kind,
  share: 1,
  budget,
  targetConsumption: budget,
});
const tree = (measure: RiskMeasure, ...nodes: BudgetNode[]): BudgetTree => ({ measure, total: 1, reserve: 0, nodes });
const input = (change: Partial<NodeAssemblyInput>): NodeAssemblyInput => ({
  evaluation,
  positions: [],
  plan: null,
  thresholds,
  previousStates: new Map(),
  complete: true,
  ...change,
});
const measureOf = (nodes: readonly SnapshotNode[], nodeId: string, measure: RiskMeasure) => {
  const found = nodes.find((node) => node.nodeId === nodeId)?.measures.find((item) => item.measure === measure);
  if (found === undefined) throw new Error(`no ${measure} of ${nodeId}`);
  return found;
};

describe('node assembly', () => {
  it('holds the Euler contribution of a node against its budget, as worked by hand', () => {
    const plan = { trees: [tree('volatility', budgetNode('strategy:Growth', 'strategy', 0.1))] };
    const { nodes } = assembleNodes(input({ plan }));
    const node = measureOf(nodes, 'strategy:Growth', 'volatility');
    expect(node.consumption).toBeCloseTo(growth, 14);
    expect(node.utilization).toBeCloseTo(growth / 0.1, 14);
    expect(node.headroom).toBeCloseTo(0.1 - growth, 14);
    expect(node.standalone).toBeCloseTo(0.6 * 0.01 * Math.sqrt(252), 14);
    expect(node.state).toBe('amber');
  });

  it('leaves everything unbudgeted without a plan, dividing by nothing and raising no node’s alert', () => {
    const { nodes, changes, states } = assembleNodes(input({}));
    for (const node of nodes) {
      for (const measure of node.measures) {
        expect(measure).toMatchObject({ budget: null, utilization: null, headroom: null, state: 'unbudgeted' });
      }
    }
    expect(changes).toEqual([]);
    expect(states.size).toBe(0);
  });

  it('finds a strategy without a budget only where the plan gives strategies budgets', () => {
    const plan = { trees: [tree('volatility', budgetNode('strategy:Growth', 'strategy', 1))] };
    const { changes } = assembleNodes(input({ plan }));
    expect(changes).toEqual([
      { nodeId: 'strategy:Income', measure: 'volatility', from: 'green', to: 'unbudgeted', utilization: null },
    ]);
  });

  it('calls consumption on a budget of 0 unbudgeted', () => {
    const plan = { trees: [tree('volatility', budgetNode('portfolio', 'portfolio', 0))] };
    const node = measureOf(assembleNodes(input({ plan })).nodes, 'portfolio', 'volatility');
    expect(node).toMatchObject({ budget: 0, utilization: null, state: 'unbudgeted' });
    expect(node.headroom).toBeCloseTo(-total, 14);
  });

  it('shows a node that has a budget and holds nothing, with all of its budget as headroom', () => {
    const plan = { trees: [tree('volatility', budgetNode('strategy:Hedge', 'strategy', 0.02))] };
    const node = assembleNodes(input({ plan })).nodes.find(({ nodeId }) => nodeId === 'strategy:Hedge');
    expect(node).toMatchObject({ parentId: 'portfolio', value: 0, weight: 0 });
    expect(node?.measures).toEqual([
      {
        measure: 'volatility',
        consumption: 0,
        standalone: 0,
        budget: 0.02,
        utilization: 0,
        headroom: 0.02,
        state: 'green',
      },
      {
        measure: 'var',
        consumption: 0,
        standalone: 0,
        budget: null,
        utilization: null,
        headroom: null,
        state: 'unbudgeted',
      },
    ]);
  });

  it('takes a negative budget as a hedge wanted, with negative headroom while it is missing', () => {
    const plan = { trees: [tree('volatility', budgetNode('strategy:Hedge', 'strategy', -0.01))] };
    const node = measureOf(assembleNodes(input({ plan })).nodes, 'strategy:Hedge', 'volatility');
    expect(node).toMatchObject({ budget: -0.01, utilization: 0, headroom: -0.01, state: 'green' });
  });

  it('reports a change of state once: the states it returns are those the next snapshot starts from', () => {
    const plan = { trees: [tree('volatility', budgetNode('portfolio', 'portfolio', total / 1.2))] };
    const first = assembleNodes(input({ plan }));
    expect(first.changes).toMatchObject([{ nodeId: 'portfolio', from: 'green', to: 'red' }]);
    const second = assembleNodes(input({ plan, previousStates: first.states }));
    expect(second.changes).toEqual([]);
    expect(second.states).toEqual(first.states);
  });

  it('withdraws the state of a node that is no longer there, but not on an incomplete snapshot', () => {
    const previousStates = new Map([['volatility|leaf:Growth/Z', 'red' as const]]);
    expect(assembleNodes(input({ previousStates })).changes).toMatchObject([
      { nodeId: 'leaf:Growth/Z', measure: 'volatility', from: 'red', to: 'green' },
    ]);
    const incomplete = assembleNodes(input({ previousStates, complete: false }));
    expect(incomplete.changes).toEqual([]);
    expect(incomplete.states).toEqual(previousStates);
  });

  it('gives every node the days of its slowest position, and none where no volume is known', () => {
    const position = (strategy: string, instrumentId: string, sector: string, daysToLiquidate: number | null) => ({
      strategy,
      instrumentId,
      sector,
      issuer: instrumentId,
      daysToLiquidate,
    });
    const positions = [position('Growth', 'A', 'Tech', 3), position('Income', 'B', 'Energy', null)];
    const { nodes } = assembleNodes(input({ positions }));
    const days = (nodeId: string) => nodes.find((node) => node.nodeId === nodeId)?.exposure?.daysToLiquidate;
    expect([days('portfolio'), days('sectorTotal:Tech'), days('leaf:Growth/A'), days('issuer:B')]).toEqual([
      3,
      3,
      3,
      null,
    ]);
    expect(nodes.find((node) => node.nodeId === 'leaf:Growth/A')?.exposure).toMatchObject({
      gross: 0.6,
      largestWeight: 0.6,
      herfindahl: 1,
      effectiveNumber: 1,
    });
  });

  it('keeps the sums of the evaluator: children sum to their parent', () => {
    const { nodes } = assembleNodes(input({}));
    const children = nodes.filter((node) => node.parentId === 'portfolio');
    const sum = children.reduce((value, node) => value + measureOf(nodes, node.nodeId, 'var').consumption, 0);
    expect(sum).toBeCloseTo(measureOf(nodes, 'portfolio', 'var').consumption, 14);
  });
});
