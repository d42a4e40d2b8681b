import fc from 'fast-check';
import { seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { type FactorModel, createFactorModel } from '../model/factor-model.js';
import { quadraticForm } from '../model/risk-model-matrix.js';
import { factorRiskBudgeting } from './factor-budgets.js';

function modelOf(seed: number, assets: number, factors: number): FactorModel {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 4294967296;
  };
  const factorCovariance = new Float64Array(factors * factors);
  for (let f = 0; f < factors; f++) factorCovariance[f * factors + f] = 1e-4 * (0.5 + uniform());
  return createFactorModel(assets, factors, {
    exposures: Float64Array.from({ length: assets * factors }, (_, k) =>
      k % factors === 0 ? 0.5 + uniform() : uniform(),
    ),
    factorCovariance,
    specificVariances: Float64Array.from({ length: assets }, () => 1e-4 * uniform()),
    ids: Array.from({ length: assets }, (_, i) => `A${i}`),
  });
}

describe('budgets of factor risk', () => {
  it('that some portfolio has are met, and the answer says that others meet them too', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const model = modelOf(seed, 12, 2);
        const some = Float64Array.from({ length: 12 }, (_, i) => (1 + ((seed >> i) % 3)) / 10);
        const total = sum(some);
        const wanted = some.map((weight) => weight / total);
        const x = [0, 1].map((f) => sum(wanted.map((weight, i) => weight * model.exposures[i * 2 + f]!)));
        const variance = quadraticForm(model, wanted);
        const targetShares = x.map((value, f) => (value * value * model.factorCovariance[f * 3]!) / variance);
        const solution = factorRiskBudgeting({ model, targetShares });
        expect(solution.status).toBe('notUnique');
        expect(solution.objective!).toBeLessThan(1e-16);
        solution.factorShares.forEach((share, f) => expect(share).toBeCloseTo(targetShares[f]!, 7));
        expect(sum(solution.factorShares) + solution.specificShare).toBeCloseTo(1, 12);
        expect(sum(solution.weights)).toBeCloseTo(1, 9);
        expect(Math.min(...solution.weights)).toBeGreaterThan(-1e-9);
      }),
      { numRuns: 25 },
    );
  });

  it('that none has are missed by the least squares that a search over all portfolios of two assets finds', () => {
    const model = modelOf(5, 2, 2);
    const targetShares = [0.1, 0.8];
    const { objective } = factorRiskBudgeting({ model, targetShares });
    let best = Infinity;
    for (let k = 0; k <= 20_000; k++) {
      const w = Float64Array.of(k / 20_000, 1 - k / 20_000);
      const variance = quadraticForm(model, w);
      const miss = targetShares.map((target, f) => {
        const x = w[0]! * model.exposures[f]! + w[1]! * model.exposures[2 + f]!;
        return (x * x * model.factorCovariance[f * 3]!) / variance - target;
      });
      best = Math.min(best, sum(miss.map((value) => value * value)));
    }
    expect(objective!).toBeLessThanOrEqual(best + 1e-12);
    expect(seen('Few assets, whole lots', objective! - best, 'factor budgets, by a grid')).toBeLessThan(1e-6);
  });

  it('keep to constraints, are the same for the same seed, and refuse what is not linear', () => {
    const model = modelOf(9, 8, 2);
    const problem = {
      model,
      targetShares: [0.5, 0.3],
      constraints: { bounds: model.ids!.map((assetId) => ({ assetId, upper: 0.2 })) },
      seed: 3,
    };
    const solution = factorRiskBudgeting(problem);
    expect(Math.max(...solution.weights)).toBeLessThan(0.2 + 1e-9);
    expect(Array.from(factorRiskBudgeting(problem).weights)).toEqual(Array.from(solution.weights));
    const limited = { ...problem, constraints: { volatilityAnnual: 0.1 } };
    expect(failureOf(() => factorRiskBudgeting(limited)).reason).toBe('invalidInput');
    expect(failureOf(() => factorRiskBudgeting({ model, targetShares: [1] })).reason).toBe('invalidInput');
  });
});
