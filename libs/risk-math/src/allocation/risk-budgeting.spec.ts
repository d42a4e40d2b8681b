import fc from 'fast-check';
import { covariance, expected, ids } from '../../test/support/allocation.js';
import { seededCovariance, seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { relativeDifference, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { sampleCovariance } from '../covariance/sample.js';
import { createCovariance } from '../model/covariance.js';
import { subCovariance } from '../model/risk-model-matrix.js';
import { riskBudgeting, riskParity } from './risk-budgeting.js';
import { riskShares } from './solution.js';

describe('risk parity and risk budgeting', () => {
  it('agree with SciPy’s root of the optimality system', () => {
    const parity = riskParity({ covariance });
    expect(seen('Risk budgets, long', relativeDifference(parity.weights, expected.riskParity))).toBeLessThan(1e-10);
    expect(parity).toMatchObject({ status: 'optimal', binding: [] });
    const custom = riskBudgeting({ covariance, budgets: expected.shares });
    expect(seen('Risk budgets, long', relativeDifference(custom.weights, expected.customShares))).toBeLessThan(1e-10);
    expect(relativeDifference(custom.realisedShares, expected.shares)).toBeLessThan(1e-12);
  });

  it('agrees with skfolio as far as its solver goes', () => {
    expect(relativeDifference(riskParity({ covariance }).weights, expected.riskParitySkfolio)).toBeLessThan(1e-4);
  });

  it('is solved for given signs when there are shorts, and scaled to gross, net or volatility', () => {
    const signs = expected.signs;
    const gross = riskParity({ covariance, signs, scale: { kind: 'gross', value: expected.longShortGross } });
    expect(seen('Risk budgets, long', relativeDifference(gross.weights, expected.longShort))).toBeLessThan(1e-9);
    const volatility = riskParity({ covariance, signs, scale: { kind: 'volatility', value: 0.1 } });
    expect(volatility.volatilityAnnual).toBeCloseTo(0.1, 14);
    const net = riskParity({ covariance, signs, scale: { kind: 'net', value: 0.8 } });
    expect(sum(net.weights)).toBeCloseTo(0.8, 13);
    for (const { weights } of [volatility, net]) {
      expect(relativeDifference(riskShares(covariance, weights), new Float64Array(20).fill(0.05))).toBeLessThan(1e-12);
    }
  });

  it('meets any budgets to 1e-12 on any covariance, and turns round with its assets', () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 15 }), (seed, raw) => {
        fc.pre(raw.some((value) => value > 0));
        const budgets = raw.map((value) => value / sum(raw));
        const matrix = seededCovariance(seed, raw.length);
        const solution = riskBudgeting({ covariance: matrix, budgets });
        expect(sum(solution.weights)).toBeCloseTo(1, 13);
        expect(Math.max(...solution.realisedShares.map((share, i) => Math.abs(share - budgets[i]!)))).toBeLessThan(
          1e-12,
        );
        budgets.forEach((budget, i) => expect(solution.weights[i]! === 0).toBe(budget === 0));
        const order = raw.map((_, i) => raw.length - 1 - i);
        const turned = riskBudgeting({
          covariance: subCovariance(
            matrix,
            order,
            order.map((i) => matrix.ids![i]!),
          ),
          budgets: [...budgets].reverse(),
        });
        expect(relativeDifference(Float64Array.from(turned.weights).reverse(), solution.weights)).toBeLessThan(1e-12);
      }),
      { numRuns: 60 },
    );
  });

  it('works on more assets than days, and refuses assets that hedge each other completely', () => {
    const singular = sampleCovariance(seededReturns(8, 12, 30));
    expect(riskParity({ covariance: singular }).residual).toBeLessThan(1e-12);
    const hedged = createCovariance(new Float64Array([1, -1, -1, 1]), 2, { ids: ['a', 'b'] });
    expect(failureOf(() => riskParity({ covariance: hedged })).reason).toBe('outOfDomain');
  });

  it.each([1e-12, 1, 1e6])('does not depend on the unit of returns (%d)', (size) => {
    const scaled = createCovariance(
      covariance.values.map((value) => value * size * size),
      20,
      { ids },
    );
    expect(relativeDifference(riskParity({ covariance: scaled }).weights, expected.riskParity)).toBeLessThan(1e-10);
  });

  it('of uncorrelated assets is inverse volatility, of one asset everything', () => {
    const diagonal = createCovariance(new Float64Array([4, 0, 0, 1]), 2, { ids: ['a', 'b'] });
    expect(riskParity({ covariance: diagonal }).weights[1]).toBeCloseTo(2 / 3, 14);
    const one = createCovariance(new Float64Array([4]), 1, { ids: ['a'] });
    expect(Array.from(riskParity({ covariance: one }).weights)).toEqual([1]);
  });

  it('gives the same instrument in two strategies a weight in each', () => {
    const twice = subCovariance(covariance, [0, 0, 1], ['x', 'y', 'z']);
    const { weights, residual } = riskBudgeting({ covariance: twice, budgets: [0.25, 0.25, 0.5] });
    expect(weights[0]).toBeCloseTo(weights[1]!, 12);
    expect(residual).toBeLessThan(1e-13);
  });

  it('refuses what has no answer', () => {
    const still = createCovariance(new Float64Array([1, 0, 0, 0]), 2, { ids: ['a', 'still'] });
    expect(failureOf(() => riskParity({ covariance: still })).details.ids).toEqual(['still']);
    expect(failureOf(() => riskBudgeting({ covariance, budgets: new Float64Array(20).fill(0.06) })).reason).toBe(
      'invalidInput',
    );
    expect(failureOf(() => riskParity({ covariance, scale: { kind: 'net', value: 0 } })).reason).toBe('invalidInput');
    expect(failureOf(() => riskParity({ covariance, scale: { kind: 'net', value: -1 } })).details.clashing).toEqual([
      'net',
    ]);
    const mostlyShort = ids.map((_, i) => (i === 0 ? 1 : -1));
    expect(failureOf(() => riskParity({ covariance, signs: mostlyShort })).reason).toBe('outOfDomain');
    const noIds = createCovariance(Float64Array.from(expected.covariance), 20);
    expect(failureOf(() => riskParity({ covariance: noIds })).reason).toBe('invalidInput');
  });
});
