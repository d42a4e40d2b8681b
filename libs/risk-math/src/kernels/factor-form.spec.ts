import { setFlagsFromString } from 'node:v8';
import fc from 'fast-check';
import { relativeDifference } from '../../test/support/golden.js';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { seen } from '../../test/support/seen.js';
import { multiply } from '../model/risk-model-matrix.js';
import { type FactorModel, createFactorModel } from '../model/factor-model.js';
import { type KernelName, initialise } from './engine.js';
import { kernelFactorProduct } from './factor-form.js';

async function withKernel(name: KernelName, model: FactorModel, weights: Float64Array): Promise<Float64Array> {
  expect(await initialise(name)).toBe(name);
  const first = multiply(model, weights);
  // From the second time on its exposures lie in the kernels' memory.
  expect(multiply(model, weights)).toEqual(first);
  return first;
}

function modelOf(seed: number, size: number, factors: number): FactorModel {
  const covariance = new Float64Array(factors * factors);
  for (let k = 0; k < factors; k++) covariance[k * factors + k] = 1e-4 * (1 + k);
  return createFactorModel(size, factors, {
    exposures: seededReturns(seed, size, factors).values,
    factorCovariance: covariance,
    specificVariances: new Float64Array(size).fill(2e-4),
  });
}

describe('the kernel of the factor form', () => {
  beforeAll(() => {
    const [major = 0, minor = 0] = process.versions.v8.split('.').map(Number);
    if (major < 11 || (major === 11 && minor < 4)) setFlagsFromString('--experimental-wasm-relaxed-simd');
  });

  afterAll(() => initialise('typescript'));

  it('gives the bits of plain TypeScript for any number of assets and factors', async () => {
    await fc.assert(
      fc.asyncProperty(
        seeds,
        fc.integer({ min: 1, max: 61 }),
        fc.integer({ min: 0, max: 700 }),
        async (seed, factors, more) => {
          const size = Math.ceil(4096 / factors) + more;
          const model = modelOf(seed, size, factors);
          const weights = seededReturns(seed + 1, 1, size).values;
          const plain = await withKernel('typescript', model, weights);
          expect(await withKernel('wasm-simd', model, weights)).toEqual(plain);
          expect(
            seen(
              'Products in factor form',
              relativeDifference(await withKernel('wasm-relaxed-simd', model, weights), plain),
            ),
          ).toBeLessThan(1e-13);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('tells models apart that take turns', async () => {
    await initialise('wasm-simd');
    const weights = seededReturns(9, 1, 900).values;
    const [one, other] = [modelOf(1, 900, 5), modelOf(2, 900, 5)];
    const alone = [one, other].map((model) => multiply(model, weights));
    const turns = [one, one, other, other, one].map((model) => multiply(model, weights));
    expect(turns).toEqual([0, 0, 1, 1, 0].map((at) => alone[at]));
    expect(alone[0]).not.toEqual(alone[1]);
  });

  it('is left aside for few exposures, where bringing them over costs more', async () => {
    await initialise('wasm-simd');
    const few = { size: 10, factors: 2, exposures: new Float64Array(20) };
    expect(kernelFactorProduct(few, new Float64Array(10), (exposure) => exposure)).toBeNull();
  });
});
