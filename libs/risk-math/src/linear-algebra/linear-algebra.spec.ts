import fc from 'fast-check';
import { seededCovariance, seededReturns, seeds } from '../../test/support/arbitrary.js';
import { relativeDifference } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { type KernelName, initialise } from '../kernels/engine.js';
import { cholesky, choleskySolve, triangularSolve } from './cholesky.js';
import { symmetricEigen, symmetricEigenRows, symmetricEigenvalues } from './symmetric-eigen.js';

const kernels: readonly KernelName[] = ['typescript', 'wasm-simd'];
const sizes = [1, 2, 3, 8, 17, 24, 25, 48, 65];

/** V diag(λ) Vᵀ. */
function rebuilt(values: Float64Array, rows: Float64Array, size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) matrix[i * size + j]! += values[k]! * rows[k * size + i]! * rows[k * size + j]!;
    }
  }
  return matrix;
}

afterAll(() => initialise('typescript'));

describe.each(kernels)('linear algebra, %s', (kernel) => {
  beforeAll(async () => {
    expect(await initialise(kernel)).toBe(kernel);
  });

  it.each(sizes)('eigenvectors are orthonormal, rebuild the matrix, and stand in ascending order: %d', (size) => {
    const { values: matrix } = seededCovariance(3, size);
    const { values, rows } = symmetricEigenRows(matrix, size);
    expect(
      seen('Eigenvalues, Cholesky factor', relativeDifference(rebuilt(values, rows, size), matrix), 'rebuilt'),
    ).toBeLessThan(1e-13);
    expect(relativeDifference(rebuilt(new Float64Array(size).fill(1), rows, size), identity(size))).toBeLessThan(1e-12);
    expect(Array.from(values)).toEqual(Array.from(values).sort((a, b) => a - b));
    expect(relativeDifference(symmetricEigenvalues(matrix, size), values)).toBeLessThan(1e-13);
  });

  it.each([1e-12, 1, 1e6])('eigenvalues keep their digits at the size %d, and of indefinite matrices', (scale) => {
    const size = 30;
    const matrix = seededReturns(6, size, size).values;
    for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) matrix[j * size + i] = matrix[i * size + j]!;
    const base = symmetricEigenvalues(matrix, size);
    const scaled = symmetricEigenvalues(
      matrix.map((value) => value * scale),
      size,
    );
    expect(
      relativeDifference(
        scaled.map((value) => value / scale),
        base,
      ),
    ).toBeLessThan(1e-13);
    expect(base[0]!).toBeLessThan(0);
  });

  it('diagonal, zero, repeated and singular matrices are no exception', () => {
    const diagonal = identity(6).map((value, at) => value * (at % 4));
    expect(Array.from(symmetricEigen(diagonal, 6).values)).toEqual([0, 0, 1, 2, 3, 3]);
    expect(Array.from(symmetricEigen(new Float64Array(9), 3).values)).toEqual([0, 0, 0]);
    const ones = new Float64Array(40 * 40).fill(1);
    const { values, rows } = symmetricEigenRows(ones, 40);
    expect(values[39]).toBeCloseTo(40, 11);
    expect(Math.max(...values.subarray(0, 39).map(Math.abs))).toBeLessThan(1e-13);
    expect(relativeDifference(rebuilt(values, rows, 40), ones)).toBeLessThan(1e-13);
    expect(symmetricEigen(new Float64Array(0), 0).values).toHaveLength(0);
  });

  it.each(sizes)('L Lᵀ is the matrix, and solves with it: %d', (size) => {
    const { values: matrix } = seededCovariance(4, size);
    const factor = cholesky(matrix, size)!;
    const product = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        for (let k = 0; k < size; k++) product[i * size + j]! += factor[i * size + k]! * factor[j * size + k]!;
        if (j > i) expect(factor[i * size + j]).toBe(0);
      }
    }
    expect(seen('Eigenvalues, Cholesky factor', relativeDifference(product, matrix), 'rebuilt')).toBeLessThan(1e-13);
    const rights = seededReturns(5, 7, size).values;
    const lower = triangularSolve(factor, size, rights, 7);
    const both = triangularSolve(factor, size, lower, 7, true);
    for (let r = 0; r < 7; r++) {
      const right = rights.slice(r * size, (r + 1) * size);
      expect(
        relativeDifference(both.subarray(r * size, (r + 1) * size), choleskySolve(factor, size, right)),
      ).toBeLessThan(1e-11);
    }
  });

  it.each([5, 40])('a matrix that is not positive definite has no factor: %d', (size) => {
    const { values: matrix } = seededCovariance(4, size);
    const singular = Float64Array.from(matrix);
    for (let i = 0; i < size; i++) {
      singular[i * size + size - 1] = singular[i * size]!;
      singular[(size - 1) * size + i] = singular[i]!;
    }
    singular[size * size - 1] = singular[0]!;
    expect(cholesky(singular, size, 1e-13)).toBeNull();
    matrix[size * size - 1] = -1;
    expect(cholesky(matrix, size)).toBeNull();
  });
});

it('compiled eigenvalues and factors are those of the twin', async () => {
  for (let size = 24; size < 60; size += 7) {
    const { values: matrix } = seededCovariance(size, size);
    await initialise('typescript');
    const [eigenvalues, factor] = [symmetricEigenvalues(matrix, size), cholesky(matrix, size)!];
    await initialise('wasm-simd');
    expect(
      seen(
        'Eigenvalues, Cholesky factor',
        relativeDifference(symmetricEigenvalues(matrix, size), eigenvalues),
        'against the twin',
      ),
    ).toBeLessThan(1e-14);
    expect(
      seen('Eigenvalues, Cholesky factor', relativeDifference(cholesky(matrix, size)!, factor), 'against the twin'),
    ).toBeLessThan(1e-14);
  }
});

it('eigenvalues sum to the trace', async () => {
  await initialise('wasm-simd');
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 40 }), (seed, size) => {
      const { values, variances } = seededCovariance(seed, size);
      const sum = symmetricEigenvalues(values, size).reduce((total, value) => total + value, 0);
      expect(sum / variances.reduce((total, value) => total + value, 0)).toBeCloseTo(1, 12);
    }),
    { numRuns: 30 },
  );
});

function identity(size: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, at) => (Math.floor(at / size) === at % size ? 1 : 0));
}
