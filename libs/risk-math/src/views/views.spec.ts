import fc from 'fast-check';
import { covariance, ids } from '../../test/support/allocation.js';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, shareReturns, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { columnOf } from '../model/returns.js';
import { blackLitterman, impliedReturns } from './black-litterman.js';
import { type ScenarioView, entropyPooling } from './entropy-pooling.js';

interface Golden {
  readonly market: number[];
  readonly prior: number[];
  readonly picks: number[];
  readonly values: number[];
  readonly returns: number[];
  readonly covariance: number[];
  readonly confidentReturns: number[];
  readonly confidentVariances: number[];
  readonly pools: Readonly<Record<'means' | 'oneSided' | 'moments', number[]>>;
  readonly twoMeans: number[];
  readonly twoMeansSkfolio: number[];
}

const expected = golden<Golden>('views/fixtures/views.json');
const priorReturns = Float64Array.from(expected.prior);
const confidences = [0.9, 0.5, 0.2];
const views = expected.values.map((value, k) => ({
  id: `v${k}`,
  coefficients: Float64Array.from(expected.picks.slice(k * 20, (k + 1) * 20)),
  value,
}));

describe('Black–Litterman', () => {
  it('agrees with PyPortfolioOpt: implied returns, posterior, and its covariance', () => {
    const implied = impliedReturns(covariance, Float64Array.from(expected.market), { riskAversion: 2.5 });
    expect(seen('Black–Litterman', relativeDifference(implied, expected.prior))).toBeLessThan(1e-12);
    const posterior = blackLitterman({ covariance, priorReturns, views });
    expect(seen('Black–Litterman', relativeDifference(posterior.expectedReturns, expected.returns))).toBeLessThan(
      1e-11,
    );
    expect(seen('Black–Litterman', relativeDifference(posterior.covariance.values, expected.covariance))).toBeLessThan(
      1e-11,
    );
  });

  it('takes confidences as Idzorek does', () => {
    const confident = views.map((view, k) => ({ ...view, confidence: confidences[k]! }));
    const posterior = blackLitterman({ covariance, priorReturns, views: confident, tau: 0.1 });
    expect(
      seen('Black–Litterman', relativeDifference(posterior.expectedReturns, expected.confidentReturns)),
    ).toBeLessThan(1e-11);
    expect(
      seen('Black–Litterman', relativeDifference(posterior.viewVariances, expected.confidentVariances)),
    ).toBeLessThan(1e-11);
  });

  it('keeps the prior without views, and meets certain ones', () => {
    const alone = blackLitterman({ covariance, priorReturns, views: [] });
    expect(Array.from(alone.expectedReturns)).toEqual(Array.from(priorReturns));
    const certain = views.map((view) => ({ ...view, confidence: 1 }));
    const { expectedReturns } = blackLitterman({ covariance, priorReturns, views: certain });
    for (const { coefficients, value } of certain) {
      expect(sum(coefficients.map((c, i) => c * expectedReturns[i]!))).toBeCloseTo(value, 14);
    }
    const twice = [certain[0]!, { ...certain[0]!, id: 'again', value: 0 }];
    expect(failureOf(() => blackLitterman({ covariance, priorReturns, views: twice })).reason).toBe('outOfDomain');
    const unsure = [{ ...views[0]!, confidence: 0 }];
    expect(failureOf(() => blackLitterman({ covariance, priorReturns, views: unsure })).reason).toBe('invalidInput');
  });
});

describe('entropy pooling', () => {
  const returns = shareReturns();
  const { observations } = returns;
  const column = (asset: number): Float64Array => columnOf(returns, asset);
  const combined = (k: number): Float64Array =>
    Float64Array.from({ length: observations }, (_, t) =>
      sum(views[k]!.coefficients.map((c, i) => c * returns.values[t * 20 + i]!)),
    );
  const equation = (id: string, values: Float64Array, value: number): ScenarioView => ({
    id,
    values,
    lower: value,
    upper: value,
  });
  const means = views.map(({ id, value }, k) => equation(id, combined(k), value));

  it('agrees with SciPy’s dual: means, one-sided views, second moments', () => {
    const apart = (given: ScenarioView[], theirs: number[]): number =>
      relativeDifference(entropyPooling(observations, given).probabilities, theirs);
    expect(seen('Entropy pooling', apart(means, expected.pools.means))).toBeLessThan(1e-10);
    const oneSided = [
      { id: 'more', values: column(0), lower: 1.5e-3 },
      { id: 'less', values: column(5), upper: 5e-3 },
    ];
    expect(seen('Entropy pooling', apart(oneSided, expected.pools.oneSided))).toBeLessThan(1e-10);
    const squares = column(3).map((value) => value * value);
    const twice = (2 * sum(squares)) / observations;
    expect(
      seen(
        'Entropy pooling',
        apart([equation('mean', column(3), 0), equation('square', squares, twice)], expected.pools.moments),
      ),
    ).toBeLessThan(1e-9);
    expect(seen('Entropy pooling', apart(means.slice(0, 2), expected.twoMeans))).toBeLessThan(1e-10);
  });

  it('agrees with skfolio as far as its solver goes', () => {
    const { probabilities } = entropyPooling(observations, means.slice(0, 2));
    expect(relativeDifference(probabilities, expected.twoMeansSkfolio)).toBeLessThan(1e-4);
  });

  it('leaves the prior where the views are met already, and counts the scenarios left', () => {
    const prior = Float64Array.from(
      { length: observations },
      (_, t) => (t + 1) / ((observations * (observations + 1)) / 2),
    );
    const met = entropyPooling(observations, [{ id: 'loose', values: column(0), lower: -1, upper: 1 }], prior);
    expect(relativeDifference(met.probabilities, prior)).toBeLessThan(1e-14);
    expect(met.relativeEntropy).toBeLessThan(1e-12);
    expect(Array.from(met.multipliers)).toEqual([0]);
    const pooled = entropyPooling(observations, means);
    expect(pooled.effectiveScenarios).toBeLessThan(observations);
    expect(pooled.relativeEntropy).toBeCloseTo(Math.log(observations) - Math.log(pooled.effectiveScenarios), 10);
  });

  it('meets any views that can be met: optimality is the exponential form', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 4 }), (seed, count) => {
        const some = seededReturns(seed, 80, count);
        const given = Array.from({ length: count }, (_, i) => {
          const values = columnOf(some, i);
          const sorted = Float64Array.from(values).sort();
          return { id: `v${i}`, values, lower: (sorted[45]! + sorted[50]!) / 2 };
        });
        const { probabilities, multipliers } = entropyPooling(80, given);
        expect(sum(probabilities)).toBeCloseTo(1, 12);
        const level: number[] = [];
        given.forEach(({ values, lower }, i) => {
          const mean = sum(values.map((value, s) => value * probabilities[s]!));
          expect(mean).toBeGreaterThan(lower - 1e-10);
          expect(multipliers[i]!).toBeLessThanOrEqual(0);
          if (multipliers[i]! < 0) expect(mean).toBeCloseTo(lower, 9);
        });
        probabilities.forEach((p, s) =>
          level.push(Math.log(p) + sum(given.map(({ values }, i) => multipliers[i]! * values[s]!))),
        );
        for (const value of level) expect(value).toBeCloseTo(level[0]!, 7);
      }),
      { numRuns: 60 },
    );
  });

  it('names a minimal set of views that clash', () => {
    const clash = [
      equation('innocent', column(1), 0),
      { id: 'high', values: column(0), lower: 0.01 },
      { id: 'low', values: column(0), upper: 0.005 },
    ];
    expect(failureOf(() => entropyPooling(observations, clash)).details.clashing).toEqual(['high', 'low']);
    expect(failureOf(() => entropyPooling(observations, [equation('beyond', column(0), 1)])).details.clashing).toEqual([
      'beyond',
    ]);
    expect(failureOf(() => entropyPooling(3, [equation('nan', Float64Array.of(1, NaN, 2), 1)])).reason).toBe(
      'invalidInput',
    );
    expect(ids).toHaveLength(20);
  });
});
