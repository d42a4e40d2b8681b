import { setFlagsFromString } from 'node:v8';
import fc from 'fast-check';
import { relativeDifference } from '../../test/support/golden.js';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { seen } from '../../test/support/seen.js';
import { sampleCovariance } from '../covariance/sample.js';
import { type ColumnProducts, columnProducts } from './column-products.js';
import { type KernelName, initialise, kernelName } from './engine.js';
import { blockCount } from './layout.js';
import { multiplyTransposed } from './multiply.js';

const compiled: readonly KernelName[] = ['wasm-simd', 'wasm-relaxed-simd'];

function problem(seed: number, terms: number, columns: number, more: Partial<ColumnProducts> = {}): ColumnProducts {
  const { values } = seededReturns(seed, terms, columns);
  return { values, terms, columns, centred: true, divisor: Math.max(1, terms - 1), ...more };
}

async function withKernel<T>(name: KernelName, call: () => T): Promise<T> {
  expect(await initialise(name)).toBe(name);
  return call();
}

/** Every shape that a block, a group of four, a pair or a chunk can cut badly. */
const shapes = [
  [1, 1],
  [2, 3],
  [511, 5],
  [512, 64],
  [513, 65],
  [1025, 7],
  [40, 130],
  [1024, 4],
] as const;

beforeAll(() => {
  // Behind a flag before V8 11.4; a later engine validates relaxed SIMD without it.
  const [major = 0, minor = 0] = process.versions.v8.split('.').map(Number);
  if (major < 11 || (major === 11 && minor < 4)) setFlagsFromString('--experimental-wasm-relaxed-simd');
});

afterAll(() => initialise('typescript'));

describe('dense kernels', () => {
  it('are plain TypeScript until they are compiled, and say which they are', async () => {
    expect(kernelName()).toBe('typescript');
    expect(await initialise()).toBe('wasm-relaxed-simd');
    expect(kernelName()).toBe('wasm-relaxed-simd');
    expect(await initialise('typescript')).toBe('typescript');
  });

  it.each(shapes)('with plain SIMD give the bits of plain TypeScript: %d × %d', async (terms, columns) => {
    const scales = Float64Array.from({ length: terms }, (_, t) => 0.5 + (t % 7) / 7);
    const means = Float64Array.from({ length: columns }, (_, i) => i / 1000);
    for (const more of [{}, { centred: false }, { scales }, { scales, means }]) {
      const product = (): Float64Array => columnProducts(problem(3, terms, columns, more));
      const plain = await withKernel('typescript', product);
      expect(relativeDifference(await withKernel('wasm-simd', product), plain)).toBe(0);
    }
  });

  it.each(shapes)('with relaxed SIMD agree to rounding: %d × %d', async (terms, columns) => {
    const product = (): Float64Array => columnProducts(problem(4, terms, columns));
    const plain = await withKernel('typescript', product);
    expect(
      seen('Dense products, relaxed SIMD', relativeDifference(await withKernel('wasm-relaxed-simd', product), plain)),
    ).toBeLessThan(1e-15);
  });

  it.each(['typescript', ...compiled] as const)('multiply as written out: %s', async (name) => {
    await initialise(name);
    for (const [rows, columns, terms] of [
      [1, 1, 1],
      [3, 70, 5],
      [66, 9, 515],
      [130, 65, 64],
    ] as const) {
      const a = seededReturns(5, rows, terms).values;
      const b = seededReturns(6, columns, terms).values;
      const expected = Array.from({ length: rows * columns }, (_, at) => {
        let total = 0;
        for (let k = 0; k < terms; k++)
          total += a[Math.floor(at / columns) * terms + k]! * b[(at % columns) * terms + k]!;
        return total;
      });
      expect(relativeDifference(multiplyTransposed(a, b, rows, columns, terms), expected)).toBeLessThan(1e-14);
    }
  });

  it.each(['typescript', ...compiled] as const)(
    'give the same bits however the blocks are shared out, into shared memory as well: %s',
    async (name) => {
      await initialise(name);
      const input = problem(8, 70, 300);
      const whole = columnProducts(input);
      const shared = new Float64Array(new SharedArrayBuffer(300 * 300 * 8));
      for (let worker = 2; worker >= 0; worker--) {
        const blocks = Array.from({ length: blockCount(300) }, (_, block) => block).filter(
          (block) => block % 3 === worker,
        );
        columnProducts(input, { blocks }, shared);
      }
      expect(relativeDifference(shared, whole)).toBe(0);
    },
  );

  it.each(['typescript', ...compiled] as const)('stop between blocks when told to: %s', async (name) => {
    await initialise(name);
    let asked = 0;
    const target = columnProducts(problem(8, 70, 300), { blocks: [0, 1, 2], cancelled: () => ++asked > 1 });
    expect(target[0]).toBeGreaterThan(0);
    expect(target[64 * 300 + 64]).toBe(0);
  });

  it('are symmetric to the bit, of any size', async () => {
    await initialise();
    fc.assert(
      fc.property(seeds, fc.integer({ min: 2, max: 40 }), fc.integer({ min: 1, max: 90 }), (seed, days, assets) => {
        const { values, size } = sampleCovariance(seededReturns(seed, days, assets));
        for (let i = 0; i < size; i++) {
          for (let j = 0; j < i; j++) expect(values[i * size + j]).toBe(values[j * size + i]);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('work in memory of their own when the problem is large', async () => {
    const large = (): Float64Array => columnProducts(problem(9, 4000, 280));
    const simd = await withKernel('wasm-simd', large);
    const relaxed = await withKernel('wasm-relaxed-simd', large);
    expect(seen('Dense products, relaxed SIMD', relativeDifference(relaxed, simd))).toBeLessThan(1e-15);
  });
});
