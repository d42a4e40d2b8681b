import fc from 'fast-check';
import { seededCovariance, seededNormals, seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { evaluatePortfolio } from '../evaluation/evaluate-portfolio.js';
import type { BenchmarkInput, EvaluatedNode, PortfolioEvaluationInput } from '../evaluation/types.js';
import { defaultRiskSpecification, riskMeasures } from '../foundation/conventions.js';
import { createFactorModel } from '../model/factor-model.js';
import type { RiskModelMatrix } from '../model/risk-model-matrix.js';
import { createScenarios } from '../returns/scenarios.js';
import { IntradayPortfolio, type IntradayOptions } from './intraday-portfolio.js';

/** What quality asks is 1e-9; nothing here comes near. */
const agreement = 1e-11;

const contributed = ['volatility', 'var', 'es', 'trackingError'] as const;

function factorMatrix(seed: number, size: number, factors: number): RiskModelMatrix {
  const normals = seededNormals(seed, size * factors + factors * factors);
  const root = normals.subarray(size * factors).map((value) => value * 0.01);
  const factorCovariance = new Float64Array(factors * factors);
  for (let a = 0; a < factors; a++) {
    for (let b = 0; b < factors; b++) {
      for (let c = 0; c < factors; c++)
        factorCovariance[a * factors + b]! += root[a * factors + c]! * root[b * factors + c]!;
    }
  }
  return createFactorModel(size, factors, {
    exposures: normals.slice(0, size * factors),
    factorCovariance,
    specificVariances: Float64Array.from({ length: size }, (_, i) => 1e-4 * (1 + (i % 3))),
  });
}

interface Case {
  readonly input: PortfolioEvaluationInput;
  readonly prices: Float64Array;
}

/** Long and short positions over the model, every third instrument in a second strategy too, one of them held by nobody. */
function portfolioOf(
  seed: number,
  form: 'dense' | 'factor',
  benchmark: 'series' | 'weights' | 'none',
  shorts: boolean,
): Case {
  const size = 9;
  const normals = seededNormals(seed + 1, 4 * size);
  const instrumentIds = Array.from({ length: size }, (_, i) => `A${i}`);
  const matrix = form === 'dense' ? seededCovariance(seed, size) : factorMatrix(seed, size, 3);
  const leaves = instrumentIds.slice(1).flatMap((instrumentId, i) => {
    const leaf = (strategy: string, value: number) => ({
      strategy,
      sector: `sector${i % 3}`,
      issuer: `issuer${i % 4}`,
      instrumentId,
      value: shorts ? value : Math.abs(value),
    });
    const main = leaf(`strategy${i % 2}`, 1000 * normals[i]!);
    return i % 3 === 0 ? [main, leaf('overlay', 300 * normals[size + i]!)] : [main];
  });
  const benchmarks: Record<typeof benchmark, BenchmarkInput | undefined> = {
    none: undefined,
    series: { kind: 'series', instrumentId: 'A2' },
    weights: {
      kind: 'weights',
      weights: [0, 1, 2, 4].map((row) => ({ instrumentId: `A${row}`, weight: 0.2 })),
    },
  };
  return {
    input: {
      nav: 12_000,
      leaves,
      model: { modelId: 'model', instrumentIds, matrix },
      scenarios: createScenarios(seededReturns(seed + 2, 60, size), defaultRiskSpecification),
      benchmark: benchmarks[benchmark],
      specification: defaultRiskSpecification,
    },
    prices: Float64Array.from({ length: size }, (_, i) => 20 + 10 * i),
  };
}

/** Prices one after the other, kept apart from the portfolio: what the leaves are worth follows from them alone. */
class Market {
  readonly prices: Float64Array;
  private readonly normals: Float64Array;
  private drawn = 0;

  constructor(
    private readonly start: Case,
    seed: number,
    private readonly count: number,
  ) {
    this.prices = start.prices.slice();
    this.normals = seededNormals(seed, 2 * count);
  }

  /** Moves by up to some percent, now and then by a multiple. */
  tick(): number {
    const row = Math.floor(Math.abs(this.normals[this.drawn]!) * 1000) % this.prices.length;
    const size = this.drawn % 17 === 0 ? 0.5 : 0.01;
    this.prices[row]! *= Math.exp(size * this.normals[this.count + this.drawn++]!);
    return row;
  }

  /** The evaluator's input at the present prices. */
  input(): PortfolioEvaluationInput {
    const { input, prices } = this.start;
    const leaves = input.leaves.map((leaf) => {
      const row = input.model.instrumentIds.indexOf(leaf.instrumentId);
      return { ...leaf, value: (leaf.value / prices[row]!) * this.prices[row]! };
    });
    const change = leaves.reduce((sum, leaf, index) => sum + leaf.value - input.leaves[index]!.value, 0);
    return { ...input, leaves, nav: input.nav + change };
  }
}

/** `expect` at each of the thousands that agree would take most of the time. */
const near = (actual: number | null | undefined, expected: number | null | undefined, scale: number): void => {
  if (expected === null || expected === undefined) return expect(actual).toBeUndefined();
  if (!(Math.abs((actual ?? Number.NaN) - expected) <= agreement * scale)) expect(actual).toBe(expected);
};

function expectSame(portfolio: IntradayPortfolio, input: PortfolioEvaluationInput): void {
  const { nodes, views, totals } = evaluatePortfolio(input);
  near(portfolio.nav(), input.nav, input.nav);
  near(portfolio.grossWeight(), totals.gross, totals.gross);
  near(portfolio.netWeight(), totals.net, totals.gross);
  near(portfolio.beta(), totals.beta, 1 + totals.gross);
  for (const measure of riskMeasures) near(portfolio.total(measure), totals.measures[measure], totals.gross);
  for (const by of ['instrument', 'issuer'] as const) {
    const expected = by === 'instrument' ? totals.concentration.byInstrument : totals.concentration.byIssuer;
    const { largest, topFive, herfindahl, effectiveNumber } = portfolio.concentration(by);
    near(largest, expected.largest, totals.gross);
    near(topFive, expected.topFive, totals.gross);
    near(herfindahl, expected.herfindahl, 1);
    near(effectiveNumber, expected.effectiveNumber, expected.effectiveNumber);
  }
  const all: EvaluatedNode[] = [...nodes, ...views];
  expect(portfolio.identities.map(({ nodeId }) => nodeId)).toEqual(all.map(({ nodeId }) => nodeId));
  all.forEach((node, index) => {
    near(portfolio.nodeWeight(index), node.weight, totals.gross);
    near(portfolio.nodeGrossWeight(index), node.gross, totals.gross);
    near(portfolio.nodeBeta(index), node.beta, 1 + totals.gross);
    for (const measure of contributed)
      near(portfolio.contribution(measure, index), node.contributions[measure], totals.gross);
  });
}

describe('a portfolio within the day', () => {
  const forms = fc.constantFrom('dense' as const, 'factor' as const);
  const benchmarks = fc.constantFrom('series' as const, 'weights' as const, 'none' as const);

  it('is after any sequence of prices what the evaluator makes of the last ones, however often it sums anew', () => {
    const every = fc.constantFrom(undefined, 1, 7);
    fc.assert(
      fc.property(seeds, forms, benchmarks, fc.boolean(), every, (seed, form, benchmark, shorts, refreshEvery) => {
        const start = portfolioOf(seed, form, benchmark, shorts);
        const options: IntradayOptions = { refreshEvery };
        const portfolio = new IntradayPortfolio(start.input, start.prices, options);
        const market = new Market(start, seed + 3, 40);
        expectSame(portfolio, start.input);
        for (let tick = 0; tick < 40 && market.input().nav > 1000; tick++) {
          const row = market.tick();
          const input = market.input();
          if (input.nav <= 1000) return;
          portfolio.setPrice(row, market.prices[row]!);
          if (tick % 13 === 12) expectSame(portfolio, input);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('says by how much the variance can be off, and never is by more', () => {
    for (const form of ['dense', 'factor'] as const) {
      const start = portfolioOf(11, form, 'none', true);
      const count = 20_000;
      const never = { refreshEvery: 2 * count, driftAllowed: 1 };
      const portfolio = new IntradayPortfolio(start.input, start.prices, never);
      const fresh = new IntradayPortfolio(start.input, start.prices);
      const normals = seededNormals(5, count);
      for (let tick = 0; tick < count; tick++) {
        const row = tick % start.prices.length;
        const price = start.prices[row]! * Math.exp(0.05 * normals[tick]!);
        portfolio.setPrice(row, price);
        fresh.setPrice(row, price);
      }
      fresh.refresh();
      const off = Math.abs(portfolio.total('volatility')! / fresh.total('volatility')! - 1);
      expect(portfolio.history.refreshes).toBe(0);
      expect(portfolio.drift()).toBeGreaterThan(1e-13);
      expect(off).toBeLessThanOrEqual(portfolio.drift() / 2 + 1e-15);
    }
  });

  it('sums anew when the drift allowed is reached', () => {
    const start = portfolioOf(12, 'factor', 'none', true);
    const portfolio = new IntradayPortfolio(start.input, start.prices, { driftAllowed: 1e-14 });
    for (let tick = 0; tick < 500; tick++) portfolio.setPrice(1 + (tick % 8), 30 + (tick % 13));
    expect(portfolio.history.refreshes).toBeGreaterThan(0);
    expect(portfolio.drift()).toBeLessThanOrEqual(1e-14);
  });

  it('keeps every digit of tracking error where the portfolio all but holds its benchmark', () => {
    const start = portfolioOf(13, 'factor', 'weights', false);
    const weights = start.input.leaves.map(({ instrumentId, value }, index) => ({
      instrumentId,
      weight: (value / start.input.nav) * (1 + 1e-5 * index),
    }));
    const input: PortfolioEvaluationInput = { ...start.input, benchmark: { kind: 'weights', weights } };
    const portfolio = new IntradayPortfolio(input, start.prices);
    const { nodes, totals } = evaluatePortfolio(input);
    expect(totals.measures.trackingError! / totals.measures.volatility!).toBeLessThan(1e-3);
    near(portfolio.total('trackingError'), totals.measures.trackingError, totals.measures.trackingError!);
    nodes.forEach((node, index) => {
      const { trackingError } = node.contributions;
      near(portfolio.contribution('trackingError', index), trackingError, 100 * totals.measures.trackingError!);
    });
  });

  it('tells the factor exposures of the weights', () => {
    const { input, prices } = portfolioOf(14, 'factor', 'none', true);
    const portfolio = new IntradayPortfolio(input, prices);
    portfolio.setPrice(3, 55);
    const { leaves, nav, model } = portfolio.evaluationInput();
    if (model.matrix.kind !== 'factorModel') throw new Error('no factors');
    const { factors, exposures } = model.matrix;
    const expected = new Float64Array(factors);
    for (const { instrumentId, value } of leaves) {
      const row = model.instrumentIds.indexOf(instrumentId);
      for (let a = 0; a < factors; a++) expected[a]! += (value / nav) * exposures[row * factors + a]!;
    }
    const actual = portfolio.factorExposures(new Float64Array(factors));
    expected.forEach((exposure, factor) => near(actual?.[factor], exposure, 1));
    expect(
      new IntradayPortfolio(portfolioOf(14, 'dense', 'none', true).input, prices).factorExposures(actual!),
    ).toBeNull();
  });

  it('refuses a price that leaves no weights, and has not moved then', () => {
    const { input, prices } = portfolioOf(15, 'factor', 'series', true);
    const portfolio = new IntradayPortfolio(input, prices);
    const before = portfolio.total('volatility');
    for (const price of [0, Number.NaN, Infinity]) {
      expect(failureOf(() => portfolio.setPrice(4, price)).reason).toBe('invalidInput');
    }
    expect(portfolio.total('volatility')).toBe(before);
    expect(failureOf(() => portfolio.rowOf('unknown')).reason).toBe('invalidInput');
    expect(failureOf(() => new IntradayPortfolio(input, new Float64Array(9))).reason).toBe('invalidInput');
  });

  it('has no figures while the net asset value is not above 0, and has them again afterwards', () => {
    const { input, prices } = portfolioOf(16, 'dense', 'none', false);
    const portfolio = new IntradayPortfolio({ ...input, nav: 100 }, prices);
    portfolio.setPrice(1, 0.01);
    expect(failureOf(() => portfolio.total('volatility')).reason).toBe('invalidInput');
    portfolio.setPrice(1, prices[1]!);
    near(portfolio.nav(), 100, 1e3);
  });
});
