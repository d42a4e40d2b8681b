import {
  createCovariance,
  createFactorModel,
  createReturns,
  quadraticForm,
  toDense,
  type RiskModelMatrix,
} from '@risk-budget/risk-math';
import fc from 'fast-check';
import { extendModel } from './model-extension.js';

const ids = ['A', 'B', 'C'];
const asModel = (matrix: RiskModelMatrix) => ({ modelId: 'm', instrumentIds: ids, matrix });

/** L Lᵀ with a strong diagonal: positive definite. */
const lower = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 });
const covarianceOf = ([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]: number[]) => {
  const l = [
    [1 + Math.abs(a), 0, 0],
    [b, 1 + Math.abs(c), 0],
    [d, e, 1 + Math.abs(f)],
  ];
  const values = new Float64Array(9);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      for (let k = 0; k < 3; k++) values[i * 3 + j]! += (l[i]?.[k] ?? 0) * (l[j]?.[k] ?? 0);
    }
  }
  return createCovariance(values, 3, { ids });
};

describe('a model extended by missing names', () => {
  it('is itself when none is missing', () => {
    const model = asModel(covarianceOf([1, 0, 1, 0, 0, 1]));
    expect(extendModel(model, undefined, [])).toEqual({ model, returns: undefined });
  });

  it('treats a name as k times the mean of its members, never calmer than the median of them', () => {
    fc.assert(
      fc.property(
        lower,
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 5, maxLength: 5 }),
        (l, w) => {
          const matrix = covarianceOf(l);
          const missing = [
            { instrumentId: 'X', members: [0, 1] },
            { instrumentId: 'Y', members: [0, 1, 2] },
          ];
          const { model } = extendModel(asModel(matrix), undefined, missing);
          expect(model.instrumentIds).toEqual(['A', 'B', 'C', 'X', 'Y']);
          const deviation = (index: number): number => Math.sqrt(model.matrix.variances[index] ?? 0);
          const members = [deviation(0), deviation(1), deviation(2)];
          expect(deviation(3)).toBeGreaterThanOrEqual(((members[0] ?? 0) + (members[1] ?? 0)) / 2 - 1e-12);
          expect(deviation(4)).toBeGreaterThanOrEqual((members.sort((a, b) => a - b)[1] ?? 0) - 1e-12);
          // Any portfolio with the new names is one of the old names.
          const k = (members: number[], index: number): number => {
            const mean = new Float64Array(3);
            for (const member of members) mean[member] = 1 / members.length;
            return deviation(index) / Math.sqrt(quadraticForm(matrix, mean));
          };
          const [kx, ky] = [k([0, 1], 3), k([0, 1, 2], 4)];
          const [a = 0, b = 0, c = 0, x = 0, y = 0] = w;
          const same = Float64Array.of(
            a + (kx * x) / 2 + (ky * y) / 3,
            b + (kx * x) / 2 + (ky * y) / 3,
            c + (ky * y) / 3,
          );
          const expected = quadraticForm(matrix, same);
          expect(quadraticForm(model.matrix, Float64Array.of(a, b, c, x, y))).toBeCloseTo(expected, 8);
        },
      ),
    );
  });

  it('makes the scenarios of a name the same combination', () => {
    const returns = createReturns(Float64Array.of(0.01, 0.03, -0.02, 0, 0.02, 0.05), 2, 3, ids);
    const matrix = createCovariance(Float64Array.of(1, 1, 1, 1, 1, 1, 1, 1, 1), 3, { ids });
    const extended = extendModel(asModel(matrix), returns, [{ instrumentId: 'X', members: [0, 1] }]);
    expect([...(extended.returns?.values ?? [])]).toEqual([0.01, 0.03, -0.02, 0.02, 0, 0.02, 0.05, 0.01]);
  });

  it('averages exposures and specific risks in factor form', () => {
    const matrix = createFactorModel(3, 1, {
      exposures: Float64Array.of(1, 1, 2),
      factorCovariance: Float64Array.of(4),
      specificVariances: Float64Array.of(0, 0, 1),
      ids,
    });
    const { model } = extendModel(asModel(matrix), undefined, [{ instrumentId: 'X', members: [0, 1] }]);
    const dense = toDense(model.matrix);
    expect(dense.values[15]).toBeCloseTo(4, 12);
    expect(dense.values[3 * 4 + 2]).toBeCloseTo(8, 12);
  });
});
