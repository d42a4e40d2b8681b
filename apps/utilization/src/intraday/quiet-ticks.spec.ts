import {
  defaultRiskPolicy,
  type BudgetNode,
  type BudgetTree,
  type LimitDefinition,
  type RiskMeasure,
  type UtilizationSnapshot,
} from '@risk-budget/contracts';
import { portfolioMetricsOf, snapshotFigures, type Figures } from '@risk-budget/market-data';
import {
  createCovariance,
  createFactorModel,
  defaultRiskSpecification,
  evaluatePortfolio,
  toDense,
  type PortfolioEvaluation,
  type PortfolioEvaluationInput,
} from '@risk-budget/risk-math';
import { watchedOf, watchLimits, type LimitSides, type WatchedLimit } from '../limits/limit-watch.js';
import { assembleNodes, type AssembledNodes } from '../nodes/node-assembly.js';
import type { NodeStates } from '../nodes/node-states.js';
import { budgetBands, limitBands, NOT_FOLLOWED } from './quiet-bands.js';
import { QuietTicks } from './quiet-ticks.js';

const at = '2020-03-16T15:00:00.000Z';
const thresholds = { amber: 0.8, red: 1, hysteresis: 0.05 };
const names = ['A', 'B', 'C', 'D'];
const matrix = createFactorModel(4, 1, {
  exposures: Float64Array.of(1, 0.8, 1.2, -0.4),
  factorCovariance: Float64Array.of(1e-4),
  specificVariances: Float64Array.of(1e-4, 2e-4, 1e-4, 1e-4),
});

/** Quantities by strategy and name: one name in two strategies, one short. */
const held: readonly (readonly [string, string, number])[] = [
  ['Growth', 'A', 3],
  ['Growth', 'C', 2],
  ['Income', 'A', 1],
  ['Income', 'B', 3],
  ['Income', 'D', -1],
];

function inputAt(prices: readonly number[], form: 'factor' | 'dense'): PortfolioEvaluationInput {
  const leaves = held.map(([strategy, instrumentId, quantity]) => ({
    strategy,
    instrumentId,
    sector: instrumentId < 'C' ? 'Tech' : 'Energy',
    issuer: instrumentId,
    value: quantity * (prices[names.indexOf(instrumentId)] ?? Number.NaN),
  }));
  const dense = toDense(matrix);
  return {
    nav: 200 + leaves.reduce((sum, { value }) => sum + value, 0),
    leaves,
    model: {
      modelId: 'm',
      instrumentIds: names,
      matrix: form === 'factor' ? matrix : createCovariance(dense.values, dense.size, {}),
    },
    benchmark: { kind: 'weights', weights: [{ instrumentId: 'A', weight: 0.6 }] },
    specification: defaultRiskSpecification,
  };
}

/** Budgets that the consumption at the first prices uses to a known part; a strategy without one is a finding. */
function treeOf({ nodes }: PortfolioEvaluation, measure: RiskMeasure): BudgetTree {
  const used: Readonly<Record<string, number>> = {
    portfolio: 0.79,
    'strategy:Growth': 0.99,
    'leaf:Growth/A': 0.81,
    'leaf:Income/B': 0.5,
    'leaf:Income/D': 1,
  };
  const budgeted = Object.entries(used).flatMap(([nodeId, part]): BudgetNode[] => {
    const node = nodes.find((one) => one.nodeId === nodeId);
    const consumption = node?.contributions[measure] ?? Number.NaN;
    const budget = nodeId === 'leaf:Income/D' ? 0 : consumption / part;
    const kind = node?.kind === 'portfolio' || node?.kind === 'strategy' ? node.kind : 'leaf';
    return [{ nodeId, parentId: null, kind, share: budget, budget, targetConsumption: budget }];
  });
  return { measure, total: 1, reserve: 0, nodes: budgeted };
}

const limit = (limitId: string, change: Partial<LimitDefinition>): WatchedLimit =>
  watchedOf({
    limitId,
    portfolioId: 'P',
    name: limitId,
    measure: 'weight',
    scope: { level: 'portfolio' },
    direction: 'upper',
    bound: { kind: 'absolute', value: 1 },
    severity: 'hard',
    hysteresis: 0,
    effectiveFrom: '2020-01-01T00:00:00.000Z',
    version: 1,
    status: 'active',
    proposedBy: 'a',
    approvedBy: 'b',
    ...change,
  });

const limits: readonly WatchedLimit[] = [
  limit('weight', {
    scope: { level: 'instrument', instrumentId: 'A' },
    bound: { kind: 'absolute', value: 0.41 },
    hysteresis: 0.01,
  }),
  limit('short', {
    scope: { level: 'issuer', issuer: 'D' },
    direction: 'lower',
    bound: { kind: 'absolute', value: -0.101 },
  }),
  limit('least', {
    scope: { level: 'sector', sector: 'Tech' },
    direction: 'lower',
    bound: { kind: 'absolute', value: 0.69 },
    hysteresis: 0.01,
  }),
  limit('gross', { measure: 'gross', bound: { kind: 'absolute', value: 1.0 } }),
  limit('share', {
    measure: 'volatility',
    bound: { kind: 'shareOfBudget', share: 0.8 },
    scope: { level: 'strategy', strategy: 'Growth' },
  }),
  limit('used', { measure: 'utilization', budgetMeasure: 'volatility', bound: { kind: 'absolute', value: 0.8 } }),
  limit('beta', { measure: 'beta', bound: { kind: 'absolute', value: 1.0 } }),
];

describe.each(['factor', 'dense'] as const)('ticks that are called quiet, by a model in %s form', (form) => {
  const first = evaluatePortfolio(inputAt([100, 100, 100, 100], form));

  interface Situation {
    readonly states: NodeStates;
    readonly sides: LimitSides;
  }

  /** What an evaluation makes of a state: the same that a snapshot is made of. */
  function evaluate(prices: readonly number[], measures: readonly RiskMeasure[], before: Situation) {
    const input = inputAt(prices, form);
    const evaluation = evaluatePortfolio(input);
    const plan = { trees: measures.map((measure) => treeOf(first, measure)) };
    const { states: previousStates } = before;
    const assembled = assembleNodes({ evaluation, positions: [], plan, thresholds, previousStates, complete: true });
    const figures = figuresOf(evaluation, assembled);
    const watch = watchLimits(limits, figures, at, before.sides);
    const situation: Situation = { states: assembled.states, sides: watch.sides };
    return { input, evaluation, plan, figures, situation, changes: assembled.changes.length + watch.crossed.length };
  }

  function figuresOf(evaluation: PortfolioEvaluation, { nodes }: AssembledNodes): Figures {
    const lineage: UtilizationSnapshot['lineage'] = {
      positionSequence: 1,
      priceTime: at,
      modelId: '00000000-0000-4000-8000-000000000001',
      policy: defaultRiskPolicy,
      planId: '00000000-0000-4000-8000-000000000002',
      planVersion: 1,
      historicalWindow: null,
      codeVersion: 'test',
    };
    return snapshotFigures({ metrics: portfolioMetricsOf(evaluation, null), nodes, leaves: true, lineage }, () => null);
  }

  function follow(evaluated: ReturnType<typeof evaluate>, prices: readonly number[]): QuietTicks | undefined {
    const { evaluation, plan, figures, situation, input } = evaluated;
    const ofBudgets = budgetBands({ nodes: evaluation.nodes, plan, thresholds, states: situation.states });
    const ofLimits = limitBands({ limits, sides: situation.sides, figures, from: at, to: at });
    if (ofBudgets === NOT_FOLLOWED || ofLimits === NOT_FOLLOWED) return undefined;
    const marks = names.map((instrumentId, row) => ({ instrumentId, price: prices[row] ?? Number.NaN }));
    const inputs = { evaluation: input, stalePrices: [], unmodelled: [], positions: held, marks };
    return QuietTicks.from(inputs, [...ofBudgets, ...ofLimits]);
  }

  it.each<[string, RiskMeasure[]]>([
    ['volatility', ['volatility']],
    ['three measures', ['volatility', 'es', 'trackingError']],
  ])('change no state and cross no limit, with budgets of %s', (_, measures) => {
    const prices = [100, 100, 100, 100];
    let evaluated = evaluate(prices, measures, { states: new Map(), sides: {} });
    let quiet = follow(evaluated, prices);
    let [calm, changed] = [0, 0];
    let seed = 7;
    const uniform = (): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    for (let tick = 0; tick < 1500; tick++) {
      const row = Math.floor(uniform() * 4);
      const price = prices[row] ?? 100;
      prices[row] = price * (1 + 0.02 * (uniform() - 0.5) + 0.02 * (100 / price - 1));
      const isQuiet = quiet?.areQuiet([{ instrumentId: names[row] ?? '', price: prices[row] }]) === true;
      const next = evaluate(prices, measures, evaluated.situation);
      if (isQuiet && next.changes > 0) throw new Error(`tick ${tick} was called quiet and changes ${next.changes}`);
      if (isQuiet) calm++;
      else {
        evaluated = next;
        quiet = follow(evaluated, prices);
      }
      if (next.changes > 0) changed++;
    }
    expect(changed).toBeGreaterThan(20);
    expect(calm).toBeGreaterThan(500);
  });

  it('are none where a budget or a limit is of what is not followed tick by tick', () => {
    const prices = [100, 100, 100, 100];
    const evaluated = evaluate(prices, ['volatility'], { states: new Map(), sides: {} });
    const { evaluation, figures, situation } = evaluated;
    const historical = { trees: [{ ...treeOf(first, 'volatility'), measure: 'historicalVar' as const }] };
    expect(budgetBands({ nodes: evaluation.nodes, plan: historical, thresholds, states: situation.states })).toBe(
      NOT_FOLLOWED,
    );
    const situationOf = (one: WatchedLimit, to = at) => ({ limits: [one], sides: {}, figures, from: at, to });
    expect(limitBands(situationOf(limit('h', { measure: 'historicalEs' })))).toBe(NOT_FOLLOWED);
    expect(limitBands(situationOf(limit('t', { measure: 'topFiveWeight' })))).toBe(NOT_FOLLOWED);
    const ends = limit('e', { effectiveTo: '2020-03-16T15:00:00.100Z' });
    expect(limitBands(situationOf(ends, '2020-03-16T15:00:00.200Z'))).toBe(NOT_FOLLOWED);
    expect(limitBands(situationOf(ends))).toHaveLength(1);
  });
});
