import fc from 'fast-check';
import { seededCovariance, seeds, weightsOf } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { relativeDifference, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { ANNUALISATION } from '../foundation/conventions.js';
import { type FactorModel, createFactorModel } from '../model/factor-model.js';
import { volatilityContributions } from './euler.js';
import { factorRiskContributions } from './factor.js';
import { percentageContributions, sumByGroup } from './shares.js';
import { factorXSigmaRho, xSigmaRho } from './x-sigma-rho.js';

function modelOf(seed: number, scale = 1): FactorModel {
  const factor = seededCovariance(seed, 3, 0.01 * scale);
  const exposures = Float64Array.from({ length: 18 }, (_, i) => Math.sin(seed + 3 * i));
  const specificVariances = Float64Array.from({ length: 6 }, (_, i) => (i % 2) * 1e-4 * scale * scale);
  return createFactorModel(6, 3, { exposures, factorCovariance: factor.values, specificVariances });
}

const scales = fc.constantFrom(1e-6, 1, 1e3);

describe('factor and specific contributions', () => {
  it('sum to the portfolio’s volatility and to its instruments’ contributions', () => {
    fc.assert(
      fc.property(seeds, weightsOf(6), scales, (seed, w, scale) => {
        const model = modelOf(seed, scale);
        const risk = factorRiskContributions(model, w, ANNUALISATION);
        const byInstrument = volatilityContributions(model, w);
        expect(seen('Factor and specific contributions', risk.total / byInstrument.total - 1)).toBeLessThan(1e-11);
        const parts = sum(risk.factorContributions) + sum(risk.specificContributions);
        expect(seen('Factor and specific contributions', parts / risk.total - 1)).toBeLessThan(1e-11);
        expect((risk.factorTotal + risk.specificTotal) / risk.total).toBeCloseTo(1, 11);
        expect(sum(risk.specificContributions)).toBeCloseTo(risk.specificTotal, 12);
      }),
      { numRuns: 60 },
    );
  });

  it('of nothing are 0', () => {
    const none = factorRiskContributions(modelOf(1), new Float64Array(6), ANNUALISATION);
    expect(
      [none.total, none.factorTotal, none.specificTotal, ...none.factorContributions].every((value) => value === 0),
    ).toBe(true);
  });
});

describe('x-sigma-rho', () => {
  it('is Euler’s contribution, with correlations within one', () => {
    fc.assert(
      fc.property(seeds, weightsOf(6), (seed, w) => {
        const model = modelOf(seed);
        for (const matrix of [seededCovariance(seed, 6), model]) {
          const { contributions, correlations, total } = xSigmaRho(matrix, w, ANNUALISATION);
          const euler = volatilityContributions(matrix, w);
          expect(
            seen('Factor and specific contributions', relativeDifference(contributions, euler.contributions)),
          ).toBeLessThan(1e-9);
          expect(total).toBeCloseTo(euler.total, 13);
          expect(Math.max(...correlations.map(Math.abs))).toBeLessThanOrEqual(1);
        }
        const byFactor = factorXSigmaRho(model, w, 1);
        const { factorContributions, total } = factorRiskContributions(model, w, 1);
        expect(
          seen('Factor and specific contributions', relativeDifference(byFactor.contributions, factorContributions)),
        ).toBeLessThan(1e-9);
        expect((sum(byFactor.contributions) + byFactor.specificTotal) / total).toBeCloseTo(1, 9);
      }),
      { numRuns: 60 },
    );
  });

  it('of a single holding has correlation 1, and 0 where nothing moves', () => {
    const matrix = seededCovariance(8, 3);
    const one = xSigmaRho(matrix, new Float64Array([0, 0.5, 0]), 1);
    expect(one.correlations[1]).toBeCloseTo(1, 14);
    expect(one.contributions[1]).toBeCloseTo(one.total, 15);
    expect(Array.from(xSigmaRho(matrix, new Float64Array(3), 1).correlations)).toEqual([0, 0, 0]);
  });
});

describe('shares and groups', () => {
  it('of a total sum to one, and of nothing are refused', () => {
    const { contributions, total } = volatilityContributions(
      seededCovariance(5, 4),
      new Float64Array([0.5, -0.2, 0.4, 0.3]),
    );
    expect(sum(percentageContributions(contributions, total))).toBeCloseTo(1, 14);
    expect(failureOf(() => percentageContributions(new Float64Array(2), 0)).reason).toBe('outOfDomain');
    expect(failureOf(() => percentageContributions(new Float64Array([NaN]), 1)).reason).toBe('invalidInput');
  });

  it('sum by every grouping in one pass', () => {
    const [sectors, issuers] = sumByGroup(new Float64Array([1, 2, 4]), [
      ['tech', 'oil', 'tech'],
      ['a', 'a', 'b'],
    ]);
    expect([...sectors!]).toEqual([
      ['tech', 5],
      ['oil', 2],
    ]);
    expect([...issuers!]).toEqual([
      ['a', 3],
      ['b', 4],
    ]);
    expect(failureOf(() => sumByGroup(new Float64Array(2), [['a']])).reason).toBe('invalidInput');
  });
});
