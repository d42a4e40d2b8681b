import { setFlagsFromString } from 'node:v8';
import fc from 'fast-check';
import { relativeDifference } from '../../test/support/golden.js';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { multiply } from '../model/risk-model-matrix.js';
import { type FactorModel, createFactorModel } from '../model/factor-model.js';
import { type KernelName, initialise } from './engine.js';
import { kernelFactorProduct } from './factor-form.js';

async function withKernel(name: KernelName, model: FactorModel, weights: Float64Array): Promise<Float64Array> {
  expect(await initialise(name)).toBe(name);
  return multiply(model, weights);
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
          const covariance = new Float64Array(factors * factors);
          for (let k = 0; k < factors; k++) covariance[k * factors + k] = 1e-4 * (1 + k);
          const model = createFactorModel(size, factors, {
            exposures: seededReturns(seed, size, factors).values,
            factorCovariance: covariance,
            specificVariances: new Float64Array(size).fill(2e-4),
          });
          const weights = seededReturns(seed + 1, 1, size).values;
          const plain = await withKernel('typescript', model, weights);
          expect(await withKernel('wasm-simd', model, weights)).toEqual(plain);
          expect(relativeDifference(await withKernel('wasm-relaxed-simd', model, weights), plain)).toBeLessThan(1e-13);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('is left aside for few exposures, where bringing them over costs more', async () => {
    await initialise('wasm-simd');
    const same = (exposure: Float64Array): Float64Array => exposure;
    expect(kernelFactorProduct(new Float64Array(20), 10, 2, new Float64Array(10), same)).toBeNull();
  });
});
