import fc from 'fast-check';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, marketReturns, relativeDifference, shareReturns } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { symmetricEigenvalues } from '../linear-algebra/symmetric-eigen.js';
import type { Covariance } from '../model/covariance.js';
import { type Returns, createReturns } from '../model/returns.js';
import { denoisedCovariance } from './denoising.js';
import { detonedCovariance } from './detoning.js';
import { ewmaCovariance } from './ewma.js';
import { gerberCovariance } from './gerber.js';
import { ledoitWolf } from './ledoit-wolf.js';
import { neweyWestCovariance } from './newey-west.js';
import { nonlinearShrinkage } from './nonlinear-shrinkage.js';
import { oracleApproximatingShrinkage } from './oracle-approximating.js';
import { pairwiseCovariance } from './pairwise.js';
import { poetCovariance } from './poet.js';
import { regimeAdjustedEwma } from './regime-adjusted.js';
import { sampleCovariance } from './sample.js';
import { semiCovariance } from './semi-covariance.js';

interface Matrix {
  readonly covariance: number[];
}
interface Shrunk extends Matrix {
  readonly shrinkage: number;
}
interface Gaps {
  readonly days: number;
  readonly assets: number;
  /** Places in the rows of days × assets that have no return. */
  readonly missing: number[];
}
interface Golden {
  readonly halfLifeDays: number;
  readonly ewmaDemeaned: number[];
  readonly singleFactor: Shrunk;
  readonly singleFactorOnMarket: Shrunk;
  readonly oas: Shrunk;
  readonly wideDays: number;
  readonly oasWide: Shrunk;
  readonly nonlinear: Matrix & { readonly eigenvalues: number[] };
  readonly nonlinearWide: Matrix & { readonly eigenvalues: number[] };
  readonly denoised: Matrix & { readonly signals: number; readonly edge: number };
  readonly semi: Matrix & { readonly benchmark: number };
  readonly neweyWest: Matrix & { readonly lags: number };
  readonly regime: Matrix & { readonly regimeHalfLifeDays: number; readonly multiplier: number };
  readonly gerber: number[];
  readonly detoned: number[];
  readonly poet: Matrix & { readonly factors: number };
  readonly pairwise: Matrix & Gaps;
  readonly contradictory: Gaps & {
    readonly smallestEigenvalue: number;
    readonly repaired: number[];
  };
}

const expected = golden<Golden>('covariance/fixtures/estimators.json');
const returns = shareReturns();
const wide = createReturns(returns.values.slice(0, expected.wideDays * 20), expected.wideDays, 20, returns.ids);
const decay = { halfLifeDays: expected.halfLifeDays };

/** The first days and shares of the sample, with gaps. */
function withGaps({ days, assets, missing }: Gaps) {
  const values = Float64Array.from(
    { length: days * assets },
    (_, at) => returns.values[Math.floor(at / assets) * 20 + (at % assets)]!,
  );
  for (const at of missing) values[at] = NaN;
  return { values, observations: days, assets };
}

describe('agreement with other libraries and other routes', () => {
  it('EWMA around the weighted mean: pandas', () => {
    expect(
      seen(
        'EWMA covariance',
        relativeDifference(ewmaCovariance(returns, decay, 'weighted').values, expected.ewmaDemeaned),
      ),
    ).toBeLessThan(1e-12);
  });

  it('Ledoit–Wolf to a single factor: PyPortfolioOpt, and on a given market the published sums as matrices', () => {
    const own = ledoitWolf(returns, 'singleFactor');
    expect(
      seen('Ledoit–Wolf, single factor', relativeDifference(own.covariance.values, expected.singleFactor.covariance)),
    ).toBeLessThan(1e-12);
    expect(own.shrinkage).toBeCloseTo(expected.singleFactor.shrinkage, 12);
    const market = ledoitWolf(returns, 'singleFactor', { factor: marketReturns() });
    expect(
      seen(
        'Ledoit–Wolf, single factor',
        relativeDifference(market.covariance.values, expected.singleFactorOnMarket.covariance),
      ),
    ).toBeLessThan(1e-12);
    expect(market.shrinkage).toBeCloseTo(expected.singleFactorOnMarket.shrinkage, 12);
  });

  it('oracle approximating shrinkage: scikit-learn, also with more assets than days', () => {
    for (const [given, numbers] of [
      [returns, expected.oas],
      [wide, expected.oasWide],
    ] as const) {
      const { covariance, shrinkage } = oracleApproximatingShrinkage(given);
      expect(seen('OAS', relativeDifference(covariance.values, numbers.covariance))).toBeLessThan(1e-12);
      expect(shrinkage).toBeCloseTo(numbers.shrinkage, 13);
    }
  });

  it('nonlinear shrinkage: the Hilbert transform by numerical integration, also with more assets than days', () => {
    for (const [given, numbers] of [
      [returns, expected.nonlinear],
      [wide, expected.nonlinearWide],
    ] as const) {
      const { covariance, eigenvalues } = nonlinearShrinkage(given);
      expect(seen('Nonlinear shrinkage', relativeDifference(eigenvalues, numbers.eigenvalues))).toBeLessThan(1e-10);
      expect(seen('Nonlinear shrinkage', relativeDifference(covariance.values, numbers.covariance))).toBeLessThan(
        1e-10,
      );
    }
  });

  it('random-matrix denoising: NumPy', () => {
    const { covariance, signals, edge } = denoisedCovariance(returns);
    expect(
      seen('Random-matrix denoising', relativeDifference(covariance.values, expected.denoised.covariance)),
    ).toBeLessThan(1e-12);
    expect(signals).toBe(expected.denoised.signals);
    expect(edge).toBeCloseTo(expected.denoised.edge, 12);
  });

  it('semi-covariance: PyPortfolioOpt', () => {
    const { benchmark, covariance } = expected.semi;
    expect(
      seen('Semi-covariance', relativeDifference(semiCovariance(returns, benchmark).values, covariance)),
    ).toBeLessThan(1e-13);
  });

  it('Newey–West: statsmodels', () => {
    const { lags, covariance } = expected.neweyWest;
    expect(seen('Newey–West', relativeDifference(neweyWestCovariance(returns, lags).values, covariance))).toBeLessThan(
      1e-12,
    );
  });

  it('regime-adjusted EWMA: skfolio, diagonal target, root mean square', () => {
    const { regimeHalfLifeDays, covariance, multiplier } = expected.regime;
    const adjusted = regimeAdjustedEwma(returns, { decay, regimeDecay: { halfLifeDays: regimeHalfLifeDays } });
    expect(adjusted.multiplier).toBeCloseTo(multiplier, 12);
    expect(seen('Regime-adjusted EWMA', relativeDifference(adjusted.covariance.values, covariance))).toBeLessThan(
      1e-12,
    );
  });

  it('Gerber and detoning: skfolio', () => {
    expect(
      seen('Gerber; detoning', relativeDifference(gerberCovariance(returns).values, expected.gerber), 'Gerber'),
    ).toBeLessThan(1e-13);
    expect(
      seen(
        'Gerber; detoning',
        relativeDifference(detonedCovariance(sampleCovariance(returns)).values, expected.detoned),
        'detoning',
      ),
    ).toBeLessThan(1e-11);
  });

  it('POET: NumPy, with every product of residuals written out', () => {
    const { factors, covariance } = expected.poet;
    const poet = poetCovariance(returns, { factors });
    expect(seen('POET', relativeDifference(poet.covariance.values, covariance))).toBeLessThan(1e-12);
    expect(poet.covariance.repair.method).toBe('none');
  });

  it('pairwise: pandas', () => {
    const { covariance, fewestOverlaps } = pairwiseCovariance(withGaps(expected.pairwise));
    expect(
      seen('Pairwise, with gaps', relativeDifference(covariance.values, expected.pairwise.covariance)),
    ).toBeLessThan(1e-12);
    expect(covariance.repair.method).toBe('none');
    expect(fewestOverlaps).toBeGreaterThan(200);
  });

  it('pairs that contradict each other are repaired, and it says so: pandas, then CVXPY and Clarabel', () => {
    const { repaired, smallestEigenvalue } = expected.contradictory;
    const { covariance } = pairwiseCovariance(withGaps(expected.contradictory));
    expect(
      seen('Nearest positive semi-definite', relativeDifference(covariance.values, repaired), 'pairs of 12 days'),
    ).toBeLessThan(1e-6);
    if (covariance.repair.method === 'none') throw new Error('repaired');
    expect(covariance.repair.smallestEigenvalue / smallestEigenvalue).toBeCloseTo(1, 10);
  });
});

/** Every estimator that takes complete returns, with the fewest days it needs. */
const estimators: readonly (readonly [string, number, (returns: Returns) => Covariance])[] = [
  ['sample', 2, sampleCovariance],
  ['EWMA', 1, (given) => ewmaCovariance(given, { halfLifeDays: 10 })],
  ['EWMA, demeaned', 1, (given) => ewmaCovariance(given, { lambda: 0.9 }, 'weighted')],
  ['Ledoit–Wolf, identity', 2, (given) => ledoitWolf(given, 'identity').covariance],
  ['Ledoit–Wolf, constant correlation', 2, (given) => ledoitWolf(given, 'constantCorrelation').covariance],
  ['Ledoit–Wolf, single factor', 2, (given) => ledoitWolf(given, 'singleFactor').covariance],
  ['OAS', 2, (given) => oracleApproximatingShrinkage(given).covariance],
  ['nonlinear', 13, (given) => nonlinearShrinkage(given).covariance],
  ['denoised', 2, (given) => denoisedCovariance(given).covariance],
  ['semi', 1, semiCovariance],
  ['Newey–West', 5, (given) => neweyWestCovariance(given, 3)],
  ['regime-adjusted', 6, (given) => regimeAdjustedEwma(given, { decay: { halfLifeDays: 5 } }).covariance],
  ['Gerber', 2, (given) => gerberCovariance(given)],
  ['POET', 2, (given) => poetCovariance(given, { factors: Math.min(1, given.assets) }).covariance],
  ['pairwise', 2, (given) => pairwiseCovariance(given).covariance],
];

describe.each(estimators)('%s', (_, fewest, estimate) => {
  const permuted = (given: Returns, order: readonly number[]): Returns =>
    createReturns(
      Float64Array.from(given.values, (_value, at) => {
        const t = Math.floor(at / given.assets);
        return given.values[t * given.assets + order[at % given.assets]!]!;
      }),
      given.observations,
      given.assets,
    );

  it('is positive semi-definite, scales with the square, and turns round with the assets', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 16, max: 40 }),
        fc.constantFrom(1e-12, 0.5, 1e6),
        (seed, assets, days, size) => {
          const given = seededReturns(seed, days, assets);
          const covariance = estimate(given);
          const smallest = symmetricEigenvalues(covariance.values, assets)[0]!;
          expect(smallest).toBeGreaterThan(-1e-12 * Math.max(...covariance.variances));
          const scaled = estimate(
            createReturns(
              given.values.map((value) => value * size),
              days,
              assets,
            ),
          );
          expect(
            relativeDifference(
              scaled.values.map((value) => value / size / size),
              covariance.values,
            ),
          ).toBeLessThan(1e-9);
          const order = Array.from({ length: assets }, (_value, i) => (i * 5 + 2) % assets);
          if (new Set(order).size < assets) return;
          const turned = estimate(permuted(given, order));
          const back = Float64Array.from(covariance.values, (_value, at) => {
            const [i, j] = [order.indexOf(Math.floor(at / assets)), order.indexOf(at % assets)];
            return turned.values[i * assets + j]!;
          });
          expect(relativeDifference(back, covariance.values)).toBeLessThan(1e-9);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('holds no NaN for n = 1, duplicates, perfect correlation, an asset that does not move, or n > T: an answer or a typed refusal', () => {
    const base = seededReturns(11, 30, 3);
    const column = (make: (row: Float64Array) => number): Returns => {
      const values = new Float64Array(30 * 4);
      for (let t = 0; t < 30; t++) {
        const row = base.values.subarray(t * 3, t * 3 + 3);
        values.set(row, t * 4);
        values[t * 4 + 3] = make(row);
      }
      return createReturns(values, 30, 4);
    };
    for (const given of [
      seededReturns(2, 30, 1),
      column((row) => row[0]!),
      column((row) => -3 * row[1]!),
      column(() => 0),
      seededReturns(3, 16, 40),
    ]) {
      try {
        const { values } = estimate(given);
        expect(values.every(Number.isFinite)).toBe(true);
      } catch {
        const { reason } = failureOf(() => estimate(given));
        expect(reason).toBe('outOfDomain');
      }
    }
  });

  it('refuses NaN and infinity, and fewer days than it needs', () => {
    const bad = seededReturns(4, 40, 3);
    bad.values[7] = Infinity;
    expect(failureOf(() => estimate(bad)).reason).toBe('invalidInput');
    const few = failureOf(() => estimate(seededReturns(4, fewest - 1, 3)));
    expect(few.reason).toBe('tooFewObservations');
    expect(few.details.needed).toBe(fewest);
  });

  it('of no assets is empty', () => {
    expect(estimate(createReturns(new Float64Array(0), 40, 0)).values).toHaveLength(0);
  });
});

describe('what estimators refuse and what they say', () => {
  it('nonlinear shrinkage has no answer for n = T − 1', () => {
    expect(failureOf(() => nonlinearShrinkage(seededReturns(1, 21, 20))).reason).toBe('outOfDomain');
  });

  it('pairwise names the pair that shares too few days', () => {
    const values = Float64Array.from([0.1, NaN, 0.2, NaN, NaN, 0.1, NaN, 0.3]);
    const failure = failureOf(() => pairwiseCovariance({ values, observations: 4, assets: 2, ids: ['A', 'B'] }));
    expect(failure.reason).toBe('tooFewObservations');
    expect(failure.details).toMatchObject({ ids: ['B', 'A'], observations: 0, needed: 2 });
  });

  it('the regime multiplier stays within its bounds, and the uncut one is told', () => {
    const { values, observations, assets } = seededReturns(5, 60, 4);
    for (let at = 50 * assets; at < values.length; at++) values[at]! *= 10;
    const adjusted = regimeAdjustedEwma(createReturns(values, observations, assets), { decay: { halfLifeDays: 20 } });
    expect(adjusted.multiplier).toBe(1.6);
    expect(adjusted.uncutMultiplier).toBeGreaterThan(1.6);
  });

  it('detoning leaves variances, takes the market out, and refuses to take out everything', () => {
    const sample = sampleCovariance(returns);
    const detoned = detonedCovariance(sample);
    expect(relativeDifference(detoned.variances, sample.variances)).toBeLessThan(1e-15);
    expect(symmetricEigenvalues(detoned.values, 20)[0]! / Math.max(...sample.variances)).toBeLessThan(1e-14);
    expect(failureOf(() => detonedCovariance(sample, 20)).details.field).toBe('markets');
  });

  it('a single factor without variance is refused', () => {
    const failure = failureOf(() => ledoitWolf(returns, 'singleFactor', { factor: new Float64Array(500).fill(0.01) }));
    expect(failure.reason).toBe('outOfDomain');
    expect(failure.details.field).toBe('factor');
  });

  it('without lags Newey–West is the covariance over T', () => {
    const scale = 499 / 500;
    const sample = sampleCovariance(returns).values.map((value) => value * scale);
    expect(relativeDifference(neweyWestCovariance(returns, 0).values, sample)).toBeLessThan(1e-13);
  });
});
