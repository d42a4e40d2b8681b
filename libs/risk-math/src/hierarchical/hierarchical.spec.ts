import fc from 'fast-check';
import { covariance, ids } from '../../test/support/allocation.js';
import { seededCovariance, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { createCovariance } from '../model/covariance.js';
import { subCovariance } from '../model/risk-model-matrix.js';
import { correlationDistances, hierarchicalRiskParity } from './hierarchical-risk-parity.js';
import { optimalLeafOrder } from './leaf-order.js';
import { type Linkage, cluster, leavesOf } from './linkage.js';

interface Golden {
  readonly clusters: Readonly<
    Record<
      Linkage,
      {
        readonly distances: number[];
        readonly pairs: number[][];
        readonly order: number[];
        readonly optimalOrder: number[];
        readonly weights: number[];
        readonly optimalWeights: number[];
        readonly scipyOrder: number[];
      }
    >
  >;
  readonly pyPortfolioOpt: number[];
  readonly skfolio: number[];
  readonly riskfolio: number[];
  readonly sampleCovariance: number[];
  readonly sampleScipyOrder: number[];
}

const expected = golden<Golden>('hierarchical/fixtures/hierarchical.json');
const linkages: Linkage[] = ['single', 'complete', 'average', 'ward'];
const distances = correlationDistances(covariance);

/** Σ of the distances of neighbours. */
const pathOf = (order: ArrayLike<number>, near: Float64Array, size: number): number =>
  sum(Array.from({ length: size - 1 }, (_, k) => near[order[k]! * size + order[k + 1]!]!));

describe('clusters', () => {
  it.each(linkages)(
    'by %s linkage agree with SciPy: merges, distances, the tree’s order; the optimal order with the shortest of all',
    (linkage) => {
      const merges = cluster(distances, 20, linkage);
      const golden = expected.clusters[linkage];
      expect(merges.map(({ left, right }) => [left, right])).toEqual(golden.pairs);
      expect(
        seen(
          'Linkage, leaf order; HRP',
          relativeDifference(
            merges.map(({ distance }) => distance),
            golden.distances,
          ),
        ),
      ).toBeLessThan(1e-13);
      expect(Array.from(leavesOf(merges, 20))).toEqual(golden.order);
      expect(Array.from(optimalLeafOrder(merges, distances, 20))).toEqual(golden.optimalOrder);
    },
  );

  it('have an optimal order that no turn of any cluster shortens', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 2, max: 7 }), fc.constantFrom(...linkages), (seed, size, linkage) => {
        const near = correlationDistances(seededCovariance(seed, size));
        const merges = cluster(near, size, linkage);
        const best = pathOf(optimalLeafOrder(merges, near, size), near, size);
        // Every tree there is: each of the n − 1 clusters turned or not.
        for (let turns = 0; turns < 2 ** merges.length; turns++) {
          const turned = merges.map((merge, k) =>
            (turns >> k) % 2 === 0 ? merge : { ...merge, left: merge.right, right: merge.left },
          );
          expect(pathOf(leavesOf(turned, size), near, size)).toBeGreaterThan(best - 1e-12);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('hierarchical risk parity', () => {
  it.each(linkages)('by %s linkage agrees with López de Prado’s recursion on SciPy’s tree', (linkage) => {
    const golden = expected.clusters[linkage];
    expect(
      seen(
        'Linkage, leaf order; HRP',
        relativeDifference(hierarchicalRiskParity({ covariance, linkage }).weights, golden.weights),
      ),
    ).toBeLessThan(1e-12);
    const optimal = hierarchicalRiskParity({ covariance, linkage, optimalLeafOrder: true });
    expect(seen('Linkage, leaf order; HRP', relativeDifference(optimal.weights, golden.optimalWeights))).toBeLessThan(
      1e-12,
    );
    expect(optimal.leafOrder).toEqual(golden.optimalOrder.map((leaf) => ids[leaf]));
  });

  it('agrees with PyPortfolioOpt; with skfolio and Riskfolio-Lib on the leaf order of SciPy that they take', () => {
    expect(
      seen(
        'Linkage, leaf order; HRP',
        relativeDifference(hierarchicalRiskParity({ covariance }).weights, expected.pyPortfolioOpt),
      ),
    ).toBeLessThan(1e-12);
    const named = (order: number[]): string[] => order.map((leaf) => ids[leaf]!);
    const skfolio = hierarchicalRiskParity({ covariance, leafOrder: named(expected.clusters.single.scipyOrder) });
    expect(seen('Linkage, leaf order; HRP', relativeDifference(skfolio.weights, expected.skfolio))).toBeLessThan(1e-12);
    const sample = createCovariance(Float64Array.from(expected.sampleCovariance), 20, { ids });
    const riskfolio = hierarchicalRiskParity({ covariance: sample, leafOrder: named(expected.sampleScipyOrder) });
    expect(seen('Linkage, leaf order; HRP', relativeDifference(riskfolio.weights, expected.riskfolio))).toBeLessThan(
      1e-12,
    );
  });

  it.each(linkages)('has an order by %s linkage no longer than SciPy’s', (linkage) => {
    const ours = optimalLeafOrder(cluster(distances, 20, linkage), distances, 20);
    const theirs = expected.clusters[linkage].scipyOrder;
    expect(pathOf(ours, distances, 20)).toBeLessThanOrEqual(pathOf(theirs, distances, 20));
  });

  it('is long only, fully invested, and does not depend on the unit of returns', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 30 }), fc.constantFrom(...linkages), (seed, size, linkage) => {
        const matrix = seededCovariance(seed, size);
        const { weights } = hierarchicalRiskParity({ covariance: matrix, linkage, optimalLeafOrder: true });
        expect(sum(weights)).toBeCloseTo(1, 12);
        expect(Math.min(...weights)).toBeGreaterThan(0);
        for (const unit of [1e-12, 1e6]) {
          const scaled = createCovariance(
            matrix.values.map((value) => value * unit * unit),
            size,
            { ids: matrix.ids },
          );
          const other = hierarchicalRiskParity({ covariance: scaled, linkage, optimalLeafOrder: true });
          expect(relativeDifference(other.weights, weights)).toBeLessThan(1e-9);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives duplicated assets the same weight, and refuses an asset without variance', () => {
    const twice = subCovariance(covariance, [0, 0], ['x', 'y']);
    expect(Array.from(hierarchicalRiskParity({ covariance: twice }).weights)).toEqual([0.5, 0.5]);
    const still = createCovariance(new Float64Array([1, 0, 0, 0]), 2, { ids: ['a', 'still'] });
    expect(failureOf(() => hierarchicalRiskParity({ covariance: still })).details.ids).toEqual(['still']);
    const empty = createCovariance(new Float64Array(0), 0, { ids: [] });
    expect(failureOf(() => hierarchicalRiskParity({ covariance: empty })).reason).toBe('invalidInput');
  });
});
