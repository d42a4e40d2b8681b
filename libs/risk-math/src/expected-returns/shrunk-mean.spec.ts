import fc from 'fast-check';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, shareReturns } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { createReturns } from '../model/returns.js';
import { type MeanShrinkage, type MeanTarget, sampleMeans, shrunkMean } from './shrunk-mean.js';

interface Shrunk {
  readonly means: number[];
  readonly alpha: number;
  readonly beta: number;
}
const { shrunk } = golden<{ readonly shrunk: Readonly<Record<string, Shrunk>> }>('views/fixtures/views.json');
const names: [MeanShrinkage, string][] = [
  ['jamesStein', 'james_stein'],
  ['bayesStein', 'bayes_stein'],
  ['bodnarOkhrin', 'bodnar_okhrin'],
];

describe('shrunk means', () => {
  it.each(names)('%s agrees with skfolio, James–Stein in its positive part', (method, name) => {
    for (const [target, suffix] of [
      ['grandMean', ''],
      ['minimumVarianceMean', 'Weighted'],
    ] as [MeanTarget, string][]) {
      const theirs = shrunk[`${name}${suffix}`]!;
      const ours = shrunkMean(shareReturns(), method, target);
      if (method === 'jamesStein') {
        expect(ours.beta).toBeCloseTo(Math.min(1, Math.max(0, theirs.beta)), 11);
        if (theirs.beta < 0 || theirs.beta > 1) continue;
      }
      expect(seen('Shrunk means', relativeDifference(ours.means, theirs.means))).toBeLessThan(1e-9);
    }
  });

  it('lie between the sample means and their target, whatever the unit', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 10 }), (seed, assets) => {
        const returns = seededReturns(seed, 60, assets);
        const means = sampleMeans(returns);
        for (const method of ['jamesStein', 'bayesStein'] as const) {
          const { means: shrunkMeans, target, beta } = shrunkMean(returns, method);
          expect(beta).toBeGreaterThanOrEqual(0);
          expect(beta).toBeLessThanOrEqual(1);
          shrunkMeans.forEach((mean, i) => {
            expect(Math.abs(mean - target)).toBeLessThanOrEqual(Math.abs(means[i]! - target) * (1 + 1e-9) + 1e-15);
          });
          const scaled = createReturns(
            returns.values.map((value) => value * 1e6),
            60,
            assets,
          );
          expect(
            relativeDifference(
              shrunkMean(scaled, method).means,
              shrunkMeans.map((mean) => mean * 1e6),
            ),
          ).toBeLessThan(1e-9);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('need more days than assets', () => {
    expect(failureOf(() => shrunkMean(seededReturns(1, 8, 10), 'bayesStein')).reason).toBe('tooFewObservations');
  });
});
