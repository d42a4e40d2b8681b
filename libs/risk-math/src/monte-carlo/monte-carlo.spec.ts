import fc from 'fast-check';
import { seededCovariance, seededReturns, seeds, weightsOf } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, shareReturns, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { sampleCovariance } from '../covariance/sample.js';
import { defaultRiskSpecification } from '../foundation/conventions.js';
import { gaussianEs, gaussianVar } from '../measures/gaussian.js';
import { historicalFigures, historicalVar } from '../measures/historical.js';
import { createCovariance } from '../model/covariance.js';
import { createFactorModel } from '../model/factor-model.js';
import { columnOf, type Returns, createReturns } from '../model/returns.js';
import { multiply, quadraticForm } from '../model/risk-model-matrix.js';
import { createScenarios } from '../returns/scenarios.js';
import { filteredReturns } from '../returns/volatility-filter.js';
import {
  monteCarloRisk,
  monteCarloVarContributions,
  pathRanges,
  simulatedLosses,
  simulatedReturns,
} from './monte-carlo.js';
import type { ReturnGenerator, Simulation } from './simulation.js';

interface Golden {
  seed: number;
  paths: number;
  var: number;
  es: number;
  esContributions: number[];
  varContributions: number[];
  bootstrap: number[];
  filtered: number[];
  garch: { parameters: [number, number, number] };
}

const expected = golden<Golden>('monte-carlo/fixtures/monte-carlo.json');
const weights = Float64Array.from(golden<{ weights: number[] }>('measures/fixtures/measures.json').weights);
const shares = shareReturns();
const matrix = sampleCovariance(shares);

function threeShares(): Returns {
  const values = new Float64Array(1500);
  for (let i = 0; i < 3; i++) columnOf(shares, i).forEach((value, t) => (values[t * 3 + i] = value));
  return createReturns(values, 500, 3);
}

const simulationOf = (generator: ReturnGenerator, change: Partial<Simulation> = {}): Simulation => ({
  seed: 99,
  paths: 20_000,
  horizonDays: 1,
  weights,
  generator,
  ...change,
});

/** Every generator on a small portfolio. */
function generators(seed: number): ReturnGenerator[] {
  const returns = seededReturns(seed, 30, 4, 0.005);
  const covariance = sampleCovariance(returns);
  const factor = createFactorModel(4, 1, {
    exposures: new Float64Array([1, 0.5, 0.8, 1.2]),
    factorCovariance: new Float64Array([1e-4]),
    specificVariances: new Float64Array([1e-4, 0, 2e-4, 1e-5]),
  });
  return [
    { kind: 'normal', matrix: covariance },
    { kind: 'normal', matrix: factor, meanDaily: new Float64Array([1e-4, 0, 2e-4, 0]) },
    { kind: 'studentT', matrix: covariance, degreesOfFreedom: 4 },
    { kind: 'tCopula', matrix: covariance, degreesOfFreedom: 3, marginals: returns },
    { kind: 'filteredHistorical', returns, filter: { kind: 'ewma', lambda: 0.94 } },
    { kind: 'stationaryBootstrap', returns, meanBlockDays: 5 },
  ];
}

describe('Monte Carlo', () => {
  it('gives NumPy’s figures for the same numbers: VaR, ES and contributions', () => {
    const risk = monteCarloRisk(
      simulationOf({ kind: 'normal', matrix }, { seed: expected.seed, paths: expected.paths }),
      0.95,
    );
    expect(seen('Monte Carlo VaR', risk.var / expected.var - 1)).toBeLessThan(1e-11);
    expect(seen('Monte Carlo VaR', risk.es / expected.es - 1)).toBeLessThan(1e-11);
    expect(seen('Monte Carlo VaR', relativeDifference(risk.esContributions, expected.esContributions))).toBeLessThan(
      1e-10,
    );
    const parts = monteCarloVarContributions(
      simulationOf({ kind: 'normal', matrix }, { seed: expected.seed, paths: expected.paths }),
      0.95,
    );
    expect(parts.total).toBe(risk.var);
    expect(seen('Monte Carlo VaR', relativeDifference(parts.contributions, expected.varContributions))).toBeLessThan(
      1e-10,
    );
    expect(risk).toMatchObject({ seed: expected.seed, paths: expected.paths, horizonDays: 1, confidence: 0.95 });
  });

  it('gives NumPy’s paths of the bootstrap and of filtered residuals', () => {
    const returns = threeShares();
    const few = { seed: expected.seed, paths: 40, weights: new Float64Array(3) };
    const bootstrap = simulationOf(
      { kind: 'stationaryBootstrap', returns, meanBlockDays: 4 },
      { ...few, horizonDays: 6 },
    );
    expect(
      seen('Bootstrap and filtered paths', relativeDifference(simulatedReturns(bootstrap), expected.bootstrap)),
    ).toBeLessThan(1e-12);
    const [omega, alpha, beta] = expected.garch.parameters;
    const parameters = Array.from({ length: 3 }, () => ({ omega, alpha, beta }));
    const filtered = simulationOf(
      { kind: 'filteredHistorical', returns, filter: { kind: 'garch', parameters } },
      { ...few, horizonDays: 5 },
    );
    expect(
      seen('Bootstrap and filtered paths', relativeDifference(simulatedReturns(filtered), expected.filtered)),
    ).toBeLessThan(1e-12);
  });

  it('gives the same bits in any partition', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 4 }), (seed, parts, horizonDays) => {
        for (const generator of generators(seed)) {
          const simulation = {
            seed,
            paths: 300,
            horizonDays,
            weights: new Float64Array([0.4, -0.2, 0.3, 0.5]),
            generator,
          };
          const whole = Array.from(simulatedLosses(simulation));
          const pieces = pathRanges(300, parts).flatMap((range) => Array.from(simulatedLosses(simulation, range)));
          expect(pieces).toEqual(whole);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('has contributions that sum to ES, losses that are the paths’, and is linear in the portfolio', () => {
    fc.assert(
      fc.property(seeds, weightsOf(4), (seed, w) => {
        for (const generator of generators(seed)) {
          const simulation = { seed, paths: 200, horizonDays: 2, weights: w, generator };
          const risk = monteCarloRisk(simulation, 0.9);
          const size = sum(risk.esContributions.map(Math.abs)) + Math.abs(risk.es);
          expect(Math.abs(sum(risk.esContributions) - risk.es)).toBeLessThan(1e-12 * size);
          const parts = monteCarloVarContributions(simulation, 0.9);
          const width = sum(parts.contributions.map(Math.abs)) + Math.abs(parts.total);
          expect(Math.abs(sum(parts.contributions) - risk.var)).toBeLessThan(1e-12 * width);
          const returns = simulatedReturns(simulation);
          const losses = simulatedLosses(simulation);
          expect(losses[7]).toBeCloseTo(-sum(w.map((weight, i) => weight * returns[28 + i]!)), 14);
          expect(risk.worstLoss).toBe(Math.max(...losses));
          const doubled = monteCarloRisk({ ...simulation, weights: w.map((weight) => 2 * weight) }, 0.9);
          expect(doubled.es / risk.es).toBeCloseTo(2, 10);
          expect(risk.varInterval[0]).toBeLessThanOrEqual(risk.var);
          expect(risk.varInterval[1]).toBeGreaterThanOrEqual(risk.var);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('with normal returns finds the closed form within its own stated error', () => {
    for (const horizonDays of [1, 10]) {
      const risk = monteCarloRisk(simulationOf({ kind: 'normal', matrix }, { paths: 100_000, horizonDays }), 0.99);
      const specification = { confidence: 0.99, horizonDays };
      const exact = gaussianVar(matrix, weights, specification);
      expect(risk.varInterval[0]).toBeLessThan(exact);
      expect(risk.varInterval[1]).toBeGreaterThan(exact);
      expect(Math.abs(risk.es - gaussianEs(matrix, weights, specification))).toBeLessThan(4 * risk.esStandardError);
    }
  });

  it('with Student t returns has the model’s variance and the tail of t', () => {
    const simulation = simulationOf({ kind: 'studentT', matrix, degreesOfFreedom: 5 }, { paths: 100_000 });
    const losses = simulatedLosses(simulation);
    const variance = quadraticForm(matrix, weights);
    expect(sum(losses.map((loss) => loss * loss)) / losses.length / variance).toBeCloseTo(1, 1);
    // SciPy: t.ppf(0.99, 5).
    const exact = 3.3649299989072174 * Math.sqrt((variance * 3) / 5);
    const { varInterval } = monteCarloRisk(simulation, 0.99, losses);
    expect(varInterval[0]).toBeLessThan(exact);
    expect(varInterval[1]).toBeGreaterThan(exact);
  });

  it('in factor form has the covariance of the model, specific parts included', () => {
    const generator = generators(1)[1]!;
    const simulation = {
      seed: 3,
      paths: 100_000,
      horizonDays: 1,
      weights: new Float64Array([1, -1, 0.5, 0]),
      generator,
    };
    const losses = simulatedLosses(simulation);
    const mean = sum(losses) / losses.length;
    const variance = sum(losses.map((loss) => (loss - mean) ** 2)) / losses.length;
    const model = (generator as Extract<ReturnGenerator, { kind: 'normal' }>).matrix;
    const exact = quadraticForm(model, simulation.weights);
    expect(Math.abs(variance / exact - 1)).toBeLessThan(5 * Math.sqrt(2 / 100_000));
    expect(Math.abs(mean + 2e-4)).toBeLessThan(5 * Math.sqrt(exact / 100_000));
    const returns = simulatedReturns({ ...simulation, paths: 20_000 });
    const withFirst = multiply(model, new Float64Array([1, 0, 0, 0]));
    for (let i = 0; i < 4; i++) {
      let product = 0;
      for (let path = 0; path < 20_000; path++) product += returns[path * 4]! * returns[path * 4 + i]!;
      expect(Math.abs(product / 20_000 - withFirst[i]!)).toBeLessThan(6e-6);
    }
  });

  it('with a t copula keeps each instrument’s own past and joins them as Kendall’s τ says', () => {
    const returns = threeShares();
    const covariance = sampleCovariance(returns);
    const paths = 4000;
    const simulation = simulationOf(
      { kind: 'tCopula', matrix: covariance, degreesOfFreedom: 4, marginals: returns },
      { paths, weights: new Float64Array(3) },
    );
    const drawn = createReturns(simulatedReturns(simulation), paths, 3);
    for (let i = 0; i < 3; i++) {
      const [own, made] = [columnOf(returns, i), columnOf(drawn, i)];
      for (const level of [0.6, 0.9, 0.99]) {
        const rank = (probability: number): number => historicalVar(own, Math.max(0.51, Math.min(0.999, probability)));
        const error = 4 * Math.sqrt((level * (1 - level)) / paths);
        expect(historicalVar(made, level)).toBeGreaterThanOrEqual(rank(level - error));
        expect(historicalVar(made, level)).toBeLessThanOrEqual(rank(level + error));
      }
    }
    const correlation = covariance.values[1]! / Math.sqrt(covariance.variances[0]! * covariance.variances[1]!);
    let concordant = 0;
    for (let path = 0; path + 1 < paths; path += 2) {
      const [a, b] = [path * 3, path * 3 + 3];
      const same = (drawn.values[a]! - drawn.values[b]!) * (drawn.values[a + 1]! - drawn.values[b + 1]!);
      concordant += Math.sign(same);
    }
    expect(Math.abs((concordant / paths) * 2 - (2 / Math.PI) * Math.asin(correlation))).toBeLessThan(
      4 / Math.sqrt(paths / 2),
    );
  });

  it('with filtered residuals over one day finds the filtered historical figure', () => {
    const filter = { kind: 'ewma', lambda: 0.94 } as const;
    const exact = historicalFigures(
      createScenarios(filteredReturns(shares, filter), defaultRiskSpecification),
      weights,
      defaultRiskSpecification,
    );
    const risk = monteCarloRisk(
      simulationOf({ kind: 'filteredHistorical', returns: shares, filter }, { paths: 50_000 }),
      0.95,
    );
    expect(Math.abs(risk.es - exact.es)).toBeLessThan(4 * risk.esStandardError);
  });

  it('with blocks has the variance that Politis and Romano derive for sums of days', () => {
    const series = columnOf(shares, 0);
    const returns = createReturns(
      series.map((value) => value * 1e-3),
      500,
      1,
    );
    const [horizonDays, meanBlockDays, paths] = [5, 3, 100_000];
    const one = new Float64Array([1]);
    const losses = simulatedLosses({
      seed: 4,
      paths,
      horizonDays,
      weights: one,
      generator: { kind: 'stationaryBootstrap', returns, meanBlockDays },
    });
    const { values } = returns;
    const mean = sum(values) / 500;
    const circular = (lag: number): number =>
      sum(values.map((value, t) => (value - mean) * (values[(t + lag) % 500]! - mean))) / 500;
    let exact = horizonDays * circular(0);
    for (let lag = 1; lag < horizonDays; lag++)
      exact += 2 * (horizonDays - lag) * (1 - 1 / meanBlockDays) ** lag * circular(lag);
    const own = sum(losses) / paths;
    const variance = sum(losses.map((loss) => (loss - own) ** 2)) / paths;
    const fourth = sum(losses.map((loss) => (loss - own) ** 4)) / paths;
    // Compounding adds a part of the size of a return, 1e-5 here.
    expect(Math.abs(variance - exact)).toBeLessThan(5 * Math.sqrt((fourth - variance ** 2) / paths) + 1e-4 * exact);
  });

  it('takes duplicated, still and single instruments and more names than days', () => {
    const twins = createCovariance(new Float64Array([4e-4, 4e-4, 0, 4e-4, 4e-4, 0, 0, 0, 0]), 3);
    const returns = simulatedReturns(
      simulationOf({ kind: 'normal', matrix: twins }, { paths: 50, weights: new Float64Array(3) }),
    );
    for (let path = 0; path < 50; path++) {
      expect(returns[path * 3 + 1]).toBeCloseTo(returns[path * 3]!, 15);
      expect(returns[path * 3 + 2]).toBe(0);
    }
    const few = sampleCovariance(seededReturns(2, 5, 9));
    const w = new Float64Array(9).fill(0.1);
    const { var: valueAtRisk } = monteCarloRisk(simulationOf({ kind: 'normal', matrix: few }, { weights: w }), 0.95);
    const exact = gaussianVar(few, w, { confidence: 0.95, horizonDays: 1 });
    expect(Math.abs(valueAtRisk / exact - 1)).toBeLessThan(0.05);
    const none = createCovariance(new Float64Array(0), 0);
    expect(
      monteCarloRisk(simulationOf({ kind: 'normal', matrix: none }, { paths: 10, weights: new Float64Array(0) }), 0.95)
        .es,
    ).toBe(0);
  });

  const small = seededCovariance(1, 2);
  const two = new Float64Array([0.5, 0.5]);
  const history = createReturns(new Float64Array([0.01, 0.02, -0.01, 0]), 2, 2);
  it.each<[string, Partial<Simulation>, string]>([
    ['one path', { paths: 1 }, 'invalidInput'],
    ['too many paths', { paths: 1e8 }, 'invalidInput'],
    ['a horizon of no days', { horizonDays: 0 }, 'invalidInput'],
    ['a seed that is none', { seed: -1 }, 'invalidInput'],
    ['weights of other names', { weights: new Float64Array(3) }, 'invalidInput'],
    ['weights that are no numbers', { weights: new Float64Array([NaN, 1]) }, 'invalidInput'],
    ['t without a variance', { generator: { kind: 'studentT', matrix: small, degreesOfFreedom: 2 } }, 'outOfDomain'],
    [
      'a copula without freedom',
      { generator: { kind: 'tCopula', matrix: small, degreesOfFreedom: 0, marginals: history } },
      'outOfDomain',
    ],
    [
      'blocks shorter than a day',
      { generator: { kind: 'stationaryBootstrap', returns: history, meanBlockDays: 0.5 } },
      'outOfDomain',
    ],
    [
      'a mean of other names',
      { generator: { kind: 'normal', matrix: small, meanDaily: new Float64Array(1) } },
      'invalidInput',
    ],
    [
      'a history of one day',
      {
        generator: { kind: 'stationaryBootstrap', returns: createReturns(new Float64Array(2), 1, 2), meanBlockDays: 2 },
      },
      'tooFewObservations',
    ],
    [
      'a return below −1',
      {
        generator: {
          kind: 'stationaryBootstrap',
          returns: createReturns(new Float64Array([-2, 0, 0, 0]), 2, 2),
          meanBlockDays: 2,
        },
      },
      'outOfDomain',
    ],
  ])('refuses %s', (_, change, reason) => {
    const simulation = simulationOf({ kind: 'normal', matrix: small }, { weights: two, paths: 10, ...change });
    expect(failureOf(() => simulatedLosses(simulation)).reason).toBe(reason);
  });

  it('refuses losses that are not its own and ranges beyond its paths', () => {
    const simulation = simulationOf({ kind: 'normal', matrix: small }, { weights: two, paths: 100 });
    const other = simulatedLosses({ ...simulation, seed: 1 });
    expect(failureOf(() => monteCarloRisk(simulation, 0.9, other)).details.field).toBe('losses');
    expect(failureOf(() => monteCarloRisk(simulation, 0.9, other.subarray(1))).reason).toBe('invalidInput');
    expect(failureOf(() => simulatedLosses(simulation, { from: 0, to: 101 })).reason).toBe('invalidInput');
    expect(pathRanges(3, 8)).toHaveLength(3);
  });
});
