import fc from 'fast-check';
import { seededCovariance, seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, shareReturns, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { sampleCovariance } from '../covariance/sample.js';
import { evaluatePortfolio } from '../evaluation/evaluate-portfolio.js';
import { type RiskMeasure, defaultRiskSpecification } from '../foundation/conventions.js';
import { createFactorModel } from '../model/factor-model.js';
import { type Returns, createReturns } from '../model/returns.js';
import { createScenarios } from '../returns/scenarios.js';
import {
  type ExplainedChange,
  type ExplainedChangeInput,
  type ExplainedNode,
  type ExplainedState,
  explainChange,
} from './explained-change.js';
import { shapleyValues } from './shapley.js';

interface Golden {
  names: number;
  quantities: [number[], number[]];
  prices: [number[], number[]];
  nav: [number, number];
  budget: [number, number];
  var: { from: number[]; to: number[]; effects: number[][] };
  historicalVar: { effects: number[][] };
  historicalEs: { effects: number[][] };
}

const expected = golden<Golden>('contributions/fixtures/explained-change.json');

function halves(): [Returns, Returns] {
  const { values, ids } = shareReturns();
  const cut = (from: number): Returns => {
    const half = new Float64Array(250 * expected.names);
    for (let t = 0; t < 250; t++) {
      half.set(values.subarray((from + t) * 20, (from + t) * 20 + expected.names), t * expected.names);
    }
    return createReturns(half, 250, expected.names, ids.slice(0, expected.names));
  };
  return [cut(0), cut(250)];
}

function goldenInput(measure: RiskMeasure): ExplainedChangeInput {
  const windows = halves();
  const instrumentIds = windows[0].ids!;
  const state = (t: 0 | 1): ExplainedState => ({
    nav: expected.nav[t],
    quantities: Float64Array.from(expected.quantities[t]),
    prices: Float64Array.from(expected.prices[t]),
    model: { modelId: `m${t}`, instrumentIds, matrix: sampleCovariance(windows[t]) },
    scenarios: createScenarios(windows[t], defaultRiskSpecification),
  });
  const [budgetFrom, budgetTo] = expected.budget;
  return {
    measure,
    specification: defaultRiskSpecification,
    leaves: instrumentIds.map((instrumentId, i) => ({
      strategy: `s${i % 2}`,
      sector: 'x',
      issuer: instrumentId,
      instrumentId,
    })),
    from: state(0),
    to: state(1),
    nodes: [{ nodeId: 'portfolio', leaves: [0, 1, 2, 3, 4, 5], budgetFrom, budgetTo }],
  };
}

/** sources×leaves, as the reference program writes them. */
function effectsByLeaf(change: ExplainedChange, node = 0): number[][] {
  const { byLeaf } = change.nodes[node]!;
  return change.sources.map((_, k) => Array.from(byLeaf).filter((__, at) => at % change.sources.length === k));
}

describe('the explained change', () => {
  it('is the mean over all 120 orders of moving the five sources, leaf by leaf', () => {
    const change = explainChange(goldenInput('var'));
    expect(change.sources).toEqual(['quantities', 'prices', 'volatilities', 'correlations', 'budget']);
    effectsByLeaf(change).forEach((row, k) =>
      expect(seen('Explained change (Shapley)', relativeDifference(row, expected.var.effects[k]!))).toBeLessThan(1e-10),
    );
    expect(change.nodes[0]!.from).toBeCloseTo(sum(expected.var.from), 12);
    expect(change.nodes[0]!.to).toBeCloseTo(sum(expected.var.to), 12);
  });

  it.each(['historicalVar', 'historicalEs'] as const)('of %s has the window as one source', (measure) => {
    const change = explainChange(goldenInput(measure));
    expect(change.sources).toEqual(['quantities', 'prices', 'scenarioWindow', 'budget']);
    effectsByLeaf(change).forEach((row, k) =>
      expect(seen('Explained change (Shapley)', relativeDifference(row, expected[measure].effects[k]!))).toBeLessThan(
        1e-10,
      ),
    );
  });

  it('sums to the change exactly, adds up over leaves, and is what the evaluator says at both dates', () => {
    const arbitraryState = fc.record({
      quantities: fc.array(fc.integer({ min: -20, max: 40 }), { minLength: 5, maxLength: 5 }),
      prices: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 5, maxLength: 5 }),
    });
    const measures = fc.constantFrom<RiskMeasure[]>(
      'volatility',
      'var',
      'es',
      'trackingError',
      'historicalEs',
      'historicalVar',
    );
    fc.assert(
      fc.property(seeds, arbitraryState, arbitraryState, measures, (seed, first, second, measure) => {
        const input = randomInput(seed, [first, second], measure);
        const change = explainChange(input);
        change.nodes.forEach((node, at) => {
          const size = Math.abs(node.from) + Math.abs(node.to) + sum(node.byLeaf.map(Math.abs));
          const effects = Object.values(node.effects);
          expect(Math.abs(sum(effects) - (node.to - node.from))).toBeLessThanOrEqual(1e-13 * size);
          expect(Math.abs(sum(node.byLeaf) + sum(node.byBenchmark) - sum(effects))).toBeLessThanOrEqual(1e-13 * size);
          expect(node.specification).toBeNull();
          const { budgetFrom, budgetTo } = input.nodes[at]!;
          for (const [state, figure, budget] of [
            [input.from, node.from, budgetFrom],
            [input.to, node.to, budgetTo],
          ] as const) {
            const consumption = evaluated(input, state, node.nodeId);
            expect(Math.abs(figure - consumption / (budget ?? 1))).toBeLessThanOrEqual(1e-12 * size);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('gives all of the change to what alone has moved', () => {
    const still = goldenInput('var');
    const moves: [Partial<ExplainedState>, string][] = [
      [{ quantities: still.to.quantities }, 'quantities'],
      [
        {
          prices: still.to.prices,
          nav: 8000 + sum(still.from.quantities.map((q, i) => q * (still.to.prices[i]! - still.from.prices[i]!))),
        },
        'prices',
      ],
    ];
    for (const [moved, source] of moves) {
      const { nodes } = explainChange({
        ...still,
        to: { ...still.from, ...moved },
        nodes: [{ ...still.nodes[0]!, budgetTo: 0.012 }],
      });
      const effects = nodes[0]!.effects as Record<string, number>;
      for (const [name, effect] of Object.entries(effects)) {
        if (name === source) expect(effect).toBeCloseTo(nodes[0]!.to - nodes[0]!.from, 13);
        else expect(Math.abs(effect)).toBeLessThan(1e-14);
      }
    }
    const scaled = createFactorModelPair();
    const onlyBudget = explainChange({ ...still, to: still.from, nodes: [{ ...still.nodes[0]!, budgetTo: 0.006 }] });
    expect(onlyBudget.nodes[0]!.effects.budget).toBeCloseTo(onlyBudget.nodes[0]!.from, 12);
    const onlyVolatility = explainChange({
      ...still,
      nodes: [{ ...still.nodes[0]!, budgetTo: 0.012 }],
      from: { ...still.from, model: scaled[0] },
      to: { ...still.from, model: scaled[1] },
    });
    const { effects, from, to } = onlyVolatility.nodes[0]!;
    expect(effects.volatilities).toBeCloseTo(to - from, 12);
    expect(to).toBeCloseTo(2 * from, 12);
    expect(Math.abs(effects.correlations!)).toBeLessThan(1e-14);
  });

  it('puts a change of model specification on a line of its own', () => {
    const input = goldenInput('var');
    const { nodes } = explainChange({
      ...input,
      respecified: { model: input.to.model, specification: { ...defaultRiskSpecification, confidence: 0.99 } },
    });
    const plain = explainChange(input).nodes[0]!;
    expect(nodes[0]!.effects).toEqual(plain.effects);
    expect(nodes[0]!.specification! + plain.to).toBeCloseTo(nodes[0]!.to, 14);
    expect(nodes[0]!.to).toBeGreaterThan(plain.to);
  });

  it('explains consumption itself for a node without budgets', () => {
    const input = goldenInput('var');
    const { nodes } = explainChange({
      ...input,
      nodes: [{ nodeId: 'p', leaves: [1, 3], budgetFrom: null, budgetTo: null }],
    });
    expect(nodes[0]).toMatchObject({ of: 'consumption' });
    expect(nodes[0]!.effects.budget).toBe(0);
  });

  it('lets a name without variance at one date bring its own when it begins to move', () => {
    const input = goldenInput('volatility');
    const still = createFactorModelPair()[0];
    const matrix = createFactorModel(6, 1, {
      exposures: new Float64Array([0, 1, 1, 1, 1, 1]),
      factorCovariance: new Float64Array([1e-4]),
      specificVariances: new Float64Array([0, 1e-4, 1e-4, 1e-4, 1e-4, 1e-4]),
    });
    const { nodes } = explainChange({ ...input, from: { ...input.from, model: { ...still, matrix } } });
    const size = sum(Object.values(nodes[0]!.effects));
    expect(size).toBeCloseTo(nodes[0]!.to - nodes[0]!.from, 11);
  });

  it.each<[string, (input: ExplainedChangeInput) => ExplainedChangeInput, string]>([
    ['a budget at one date only', (input) => withNode(input, { budgetTo: null }), 'outOfDomain'],
    ['a budget of 0', (input) => withNode(input, { budgetTo: 0 }), 'outOfDomain'],
    ['an unknown leaf', (input) => withNode(input, { leaves: [9] }), 'invalidInput'],
    [
      'a price that is no number',
      (input) => ({ ...input, to: { ...input.to, prices: new Float64Array(6).fill(NaN) } }),
      'invalidInput',
    ],
    [
      'quantities of other leaves',
      (input) => ({ ...input, to: { ...input.to, quantities: new Float64Array(5) } }),
      'invalidInput',
    ],
    [
      'models of other names',
      (input) => ({
        ...input,
        to: { ...input.to, model: { ...input.to.model, instrumentIds: ['a', 'b', 'c', 'd', 'e', 'f'] } },
      }),
      'invalidInput',
    ],
    [
      'no net asset value in between',
      (input) => ({ ...input, from: { ...input.from, nav: 1 }, to: { ...input.to, nav: 1 } }),
      'outOfDomain',
    ],
    ['tracking error without a benchmark', (input) => ({ ...input, measure: 'trackingError' }), 'invalidInput'],
  ])('refuses %s', (_, broken, reason) => {
    expect(failureOf(() => explainChange(broken(goldenInput('var')))).reason).toBe(reason);
  });
});

describe('Shapley values', () => {
  it('of a game whose players add up are what each adds', () => {
    const rows = Array.from({ length: 8 }, (_, s) =>
      Float64Array.of((s & 1) * 2 + ((s >> 1) & 1) * 3 + ((s >> 2) & 1) * 5),
    );
    expect(Array.from(shapleyValues(rows, 3, 1)).map((value) => Math.round(value * 1e12) / 1e12)).toEqual([2, 3, 5]);
  });

  it('of the glove game give the single left glove two thirds', () => {
    const worth = (s: number): number => ((s & 1) === 1 && s > 1 ? 1 : 0);
    const rows = Array.from({ length: 8 }, (_, s) => Float64Array.of(worth(s)));
    const [left, right, other] = shapleyValues(rows, 3, 1);
    expect(left).toBeCloseTo(2 / 3, 15);
    expect(right).toBeCloseTo(1 / 6, 15);
    expect(other).toBeCloseTo(1 / 6, 15);
  });
});

function withNode(input: ExplainedChangeInput, change: Partial<ExplainedNode>): ExplainedChangeInput {
  return { ...input, nodes: [{ ...input.nodes[0]!, ...change }] };
}

/** The same correlations at volatilities v and 2v. */
function createFactorModelPair(): [ExplainedState['model'], ExplainedState['model']] {
  const instrumentIds = halves()[0].ids!;
  const of = (size: number): ExplainedState['model'] => ({
    modelId: `x${size}`,
    instrumentIds,
    matrix: createFactorModel(6, 1, {
      exposures: new Float64Array([1, 0.8, 1.2, 0.9, 1.1, 0.7]),
      factorCovariance: new Float64Array([1e-4 * size * size]),
      specificVariances: new Float64Array(6).fill(1e-4 * size * size),
    }),
  });
  return [of(1), of(2)];
}

function randomInput(
  seed: number,
  portfolios: readonly { quantities: number[]; prices: number[] }[],
  measure: RiskMeasure,
): ExplainedChangeInput {
  // Four instruments and five leaves: the last two leaves hold the same one.
  const rows = [0, 1, 2, 3, 3];
  const state = (t: 0 | 1): ExplainedState => {
    const returns = seededReturns(seed + t, 40, 5);
    const { quantities, prices } = portfolios[t]!;
    const marks = Float64Array.from(rows, (row) => portfolios[t]!.prices[row]!);
    return {
      nav: 20_000 + quantities.reduce((total, quantity, i) => total + quantity * marks[i]!, 0) + prices[4]!,
      quantities: Float64Array.from(quantities),
      prices: marks,
      model: { modelId: `m${t}`, instrumentIds: returns.ids!, matrix: seededCovariance(seed + t, 5) },
      scenarios: createScenarios(returns, defaultRiskSpecification),
      benchmark:
        seed % 2 === 0
          ? { kind: 'series', instrumentId: 'A4' }
          : {
              kind: 'weights',
              weights: [
                { instrumentId: 'A3', weight: 0.3 + 0.1 * t },
                { instrumentId: 'A4', weight: 0.2 },
              ],
            },
    };
  };
  return {
    measure,
    specification: defaultRiskSpecification,
    leaves: rows.map((row, i) => ({
      strategy: i === 4 ? 'overlay' : 'core',
      sector: 'x',
      issuer: `A${row}`,
      instrumentId: `A${row}`,
    })),
    from: state(0),
    to: state(1),
    nodes: [
      { nodeId: 'portfolio', leaves: [0, 1, 2, 3, 4], budgetFrom: 0.2, budgetTo: 0.3, withBenchmark: true },
      { nodeId: 'strategy:core', leaves: [0, 1, 2, 3], budgetFrom: 0.1, budgetTo: 0.1 },
      { nodeId: 'strategy:overlay', leaves: [4], budgetFrom: null, budgetTo: null },
    ],
  };
}

/** The node's consumption by the evaluator. */
function evaluated(input: ExplainedChangeInput, state: ExplainedState, nodeId: string): number {
  const { nodes } = evaluatePortfolio({
    nav: state.nav,
    leaves: input.leaves.map((leaf, i) => ({ ...leaf, value: state.quantities[i]! * state.prices[i]! })),
    model: state.model,
    scenarios: state.scenarios,
    benchmark: state.benchmark,
    specification: input.specification,
  });
  const node = nodes.find(
    (candidate) => candidate.nodeId === nodeId || `${candidate.kind}:${candidate.name}` === nodeId,
  )!;
  return node.contributions[input.measure]!;
}
