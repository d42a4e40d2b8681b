import { setFlagsFromString } from 'node:v8';
import fc from 'fast-check';
import { relativeDifference } from '../../test/support/golden.js';
import { seededCovariance, seeds } from '../../test/support/arbitrary.js';
import { seen } from '../../test/support/seen.js';
import { type DescentOptions, type DescentProblem, type Descended, kernelDescend } from './descent.js';
import { initialise } from './engine.js';
import { portableDescend } from './portable-descent.js';

const options: DescentOptions = { scaled: false, smallest: 1e-13, noise: 1e-13, mostSweeps: 500 };

/** Sizes that a block of four rows cuts well and badly. */
const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 23, 64, 101];

function problem(seed: number, size: number): DescentProblem {
  const { values, variances } = seededCovariance(seed, size);
  const unit = variances.reduce((total, value) => total + value / size, 0);
  return { size, quadratic: values, barrier: new Float64Array(size).fill(unit / size) };
}

/** Some variables between bounds that bind, and a linear part. */
function bounded(plain: DescentProblem): DescentProblem {
  const { size, barrier } = plain;
  return {
    ...plain,
    linear: barrier.map((value, i) => ((i % 3) - 1) * value),
    lower: Float64Array.from({ length: size }, (_, i) => (i % 4 === 1 && i % 5 !== 2 ? 1 : 0)),
    upper: Float64Array.from({ length: size }, (_, i) => (i % 5 === 2 ? 0.01 : Infinity)),
  };
}

function startOf({ size }: DescentProblem): Float64Array {
  return new Float64Array(size).fill(0.5);
}

function compiled(given: DescentProblem, with_: Partial<DescentOptions> = {}): Descended {
  const answer = kernelDescend(given, startOf(given), { ...options, ...with_ });
  if (answer === null) throw new Error('no compiled kernel');
  return answer;
}

describe('the kernel of coordinate descent', () => {
  beforeAll(() => {
    const [major = 0, minor = 0] = process.versions.v8.split('.').map(Number);
    if (major < 11 || (major === 11 && minor < 4)) setFlagsFromString('--experimental-wasm-relaxed-simd');
  });

  afterAll(() => initialise('typescript'));

  it.each(sizes)('with plain SIMD gives the bits and sweeps of plain TypeScript: n = %d', async (size) => {
    await initialise('wasm-simd');
    const plain = problem(size, size);
    for (const given of [plain, bounded(plain)]) {
      for (const scaled of [false, true]) {
        const fast = compiled(given, { scaled });
        const twin = portableDescend(given, startOf(given), { ...options, scaled });
        expect(fast).toEqual(twin);
      }
    }
  });

  it.each(sizes)('with relaxed SIMD agrees to rounding: n = %d', async (size) => {
    await initialise('wasm-relaxed-simd');
    const plain = problem(size, size);
    for (const given of [plain, bounded(plain)]) {
      const twin = portableDescend(given, startOf(given), options);
      expect(seen('Coordinate descent', relativeDifference(compiled(given).variables, twin.variables))).toBeLessThan(
        1e-12,
      );
    }
  });

  it('ends where yᵢ (Qy)ᵢ = bᵢ, and gives Q y of where it ends', async () => {
    await initialise();
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 40 }), (seed, size) => {
        const given = problem(seed, size);
        const { variables, product, step } = compiled(given, { scaled: true });
        expect(step).toBeLessThanOrEqual(1e-13);
        variables.forEach((value, i) => {
          let row = 0;
          for (let j = 0; j < size; j++) row += given.quadratic[i * size + j]! * variables[j]!;
          expect(Math.abs(product[i]! / row - 1)).toBeLessThan(1e-12);
          expect(Math.abs((value * row) / given.barrier[i]! - 1)).toBeLessThan(1e-11);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('keeps bounds exactly and descends to where they bind', async () => {
    await initialise();
    const given = bounded(problem(5, 30));
    const { variables, product } = compiled(given);
    variables.forEach((value, i) => {
      const pull = given.barrier[i]! / value - product[i]! - given.linear![i]!;
      expect(value).toBeGreaterThanOrEqual(given.lower![i]!);
      expect(value).toBeLessThanOrEqual(given.upper![i]!);
      if (value === given.upper![i]) expect(pull).toBeGreaterThan(0);
      else if (value === given.lower![i]) expect(pull).toBeLessThan(0);
      else expect(Math.abs(pull) * value).toBeLessThan(1e-11 * given.barrier[i]!);
    });
    expect(variables.some((value, i) => value === given.upper![i])).toBe(true);
  });

  it('does not call settled what is not a number', async () => {
    for (const name of ['typescript', 'wasm-simd'] as const) {
      await initialise(name);
      const given = { ...problem(3, 6), barrier: new Float64Array(6).fill(NaN) };
      const answer = kernelDescend(given, startOf(given), options) ?? portableDescend(given, startOf(given), options);
      expect(answer.step).toBeNaN();
    }
  });
});
