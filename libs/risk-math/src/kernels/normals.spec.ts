import fc from 'fast-check';
import { seededCovariance, seeds } from '../../test/support/arbitrary.js';
import { correlatedNormals } from '../monte-carlo/correlated-normals.js';
import { monteCarloRisk, simulatedLosses } from '../monte-carlo/monte-carlo.js';
import { uniformOf } from '../random/philox.js';
import { fillPathNormals, pathNumbers } from '../random/random-stream.js';
import { standardNormalOf } from '../random/standard-normal.js';
import { initialise, workspace } from './engine.js';
import { kernelNormals } from './normals.js';

async function withKernel<T>(name: 'typescript' | 'wasm-simd', call: () => T): Promise<T> {
  expect(await initialise(name)).toBe(name);
  return call();
}

function drawn(seed: number, paths: Uint32Array, draws: number): Float64Array {
  const out = new Float64Array(paths.length * draws);
  fillPathNormals(seed, 3, paths, draws, out);
  return out;
}

describe('the kernel of normal numbers', () => {
  afterAll(() => initialise('typescript'));

  it('gives the bits of plain TypeScript for any seed, paths and number of draws', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.maxSafeNat(),
        fc.uint32Array({ minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 9 }),
        async (seed, paths, draws) => {
          const plain = await withKernel('typescript', () => drawn(seed, paths, draws));
          expect(await withKernel('wasm-simd', () => drawn(seed, paths, draws))).toEqual(plain);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('has the tails of plain TypeScript, also beyond where draws ever come', async () => {
    await initialise('wasm-simd');
    const smallest = uniformOf(0, 0);
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: Math.log(smallest), max: Math.log(0.0749), noNaN: true }), { minLength: 1 }),
        (logarithms) => {
          const uniforms = [smallest, ...logarithms.map((value) => Math.max(smallest, Math.exp(value)))].flatMap(
            (low) => [low, 1 - low],
          );
          const { kernels, at, numbers } = workspace([uniforms.length + 1])!;
          const values = numbers(0, uniforms.length + 1);
          values.set([...uniforms, 0.25]);
          kernels.tailQuantiles(at[0]!, uniforms.length);
          expect(Array.from(values.subarray(0, uniforms.length))).toEqual(uniforms.map(standardNormalOf));
        },
      ),
    );
  });

  it('multiplies by a root of any rank in the order of plain TypeScript', async () => {
    await fc.assert(
      fc.asyncProperty(
        seeds,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 150 }),
        async (seed, size, count) => {
          const matrix = seededCovariance(seed, size);
          const filled = (): Float64Array => {
            const out = new Float64Array(size * count);
            correlatedNormals(matrix).fill(seed, pathNumbers(11, count), out);
            return out;
          };
          const plain = await withKernel('typescript', filled);
          expect(await withKernel('wasm-simd', filled)).toEqual(plain);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('leaves every figure of a simulation as plain TypeScript has it', async () => {
    const matrix = seededCovariance(4, 7);
    const weights = new Float64Array(7).fill(1 / 7);
    for (const generator of [
      { kind: 'normal', matrix },
      { kind: 'studentT', matrix, degreesOfFreedom: 5 },
    ] as const) {
      const simulation = { seed: 9, paths: 3001, horizonDays: 2, weights, generator };
      const plain = await withKernel('typescript', () => monteCarloRisk(simulation, 0.975));
      const fast = await withKernel('wasm-simd', () => monteCarloRisk(simulation, 0.975));
      expect(fast).toEqual(plain);
      const parts = [0, 700, 701, 3001].flatMap((from, part, all) =>
        part + 1 < all.length ? [simulatedLosses(simulation, { from, to: all[part + 1]! })] : [],
      );
      expect(parts.flatMap((part) => Array.from(part))).toEqual(Array.from(simulatedLosses(simulation)));
    }
  });

  it('says when there is no kernel', async () => {
    await initialise('typescript');
    const from = { key: { low: 1, high: 0 }, stream: 0 };
    expect(kernelNormals(from, pathNumbers(0, 4), 1, new Float64Array(4))).toBe(false);
  });
});
