import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createCovariance, createReturns, ledoitWolf, riskParity, RiskMathError } from '@risk-budget/risk-math';
import { type ComputePool, createComputePool } from './compute-pool.js';
import { initialiseKernels } from './engine.js';
import { ComputeError } from './errors.js';
import { inSharedMemory } from './shared-memory.js';

const seeded = (count: number, seed = 7): Float64Array => {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296 - 0.5;
  });
};
const returnsOf = (days: number, assets: number, seed?: number) =>
  createReturns(seeded(days * assets, seed), days, assets);

/** Repairing correlations that contradict each other, 300 × 300: takes a worker many seconds. */
const slow = (): [Float64Array, number] => {
  const size = 300;
  const matrix = seeded(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) matrix[j * size + i] = matrix[i * size + j]!;
    matrix[i * size + i] = 1;
  }
  return [matrix, size];
};

const bytes = (values: Float64Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

const failure = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('the call did not fail');
};

describe('the compute pool', () => {
  let pool: ComputePool;

  beforeAll(async () => {
    await initialiseKernels();
    pool = createComputePool({ threads: 2, maxQueue: 4 });
  });

  afterAll(async () => {
    await pool.close();
  });

  it('gives the same bits in a worker as on the event loop', async () => {
    const returns = returnsOf(300, 25);
    const here = ledoitWolf(returns, 'constantCorrelation');
    const there = await pool.run('ledoitWolf', [returns, 'constantCorrelation'], { inline: 'never' });
    expect(there).toEqual(here);
    expect(Array.from(there.covariance.values)).toEqual(Array.from(here.covariance.values));
  });

  it('makes one large product on every idle worker, with the same bits as on one', async () => {
    const large = returnsOf(900, 400);
    const here = ledoitWolf(large, 'singleFactor');
    for (const threads of [1, 2, 3]) {
      const other = createComputePool({ threads });
      const [there, again] = await Promise.all([
        other.run('ledoitWolf', [large, 'singleFactor']),
        other.run('ledoitWolf', [large, 'singleFactor']),
      ]);
      expect(there.shrinkage).toBe(here.shrinkage);
      expect(Buffer.compare(bytes(there.covariance.values), bytes(here.covariance.values))).toBe(0);
      expect(Buffer.compare(bytes(again.covariance.values), bytes(here.covariance.values))).toBe(0);
      expect(there.covariance.values.buffer).toBeInstanceOf(ArrayBuffer);
      expect(other.state.queued).toBe(0);
      await other.close();
    }
  });

  it('a failure of a product made together is the typed failure, and the pool goes on', async () => {
    const large = returnsOf(900, 400);
    large.values[5] = NaN;
    const refused = await failure(pool.run('sampleCovariance', [large]));
    expect(RiskMathError.is(refused) && refused.reason).toBe('invalidInput');
    const fine = returnsOf(900, 400);
    expect((await pool.run('sampleCovariance', [fine])).size).toBe(400);
  });

  it('a product made together is cancelled', async () => {
    const controller = new AbortController();
    const running = failure(pool.run('sampleCovariance', [returnsOf(1500, 2500)], { signal: controller.signal }));
    setTimeout(() => controller.abort(), 100);
    const error = await running;
    expect(ComputeError.is(error) && error.code).toBe('COMPUTE_CANCELLED');
    expect((await pool.run('sampleCovariance', [returnsOf(900, 400)])).size).toBe(400);
  });

  it('gives the same bits for any number of workers, in the order of the inputs', async () => {
    const inputs = [1, 2, 3, 4, 5, 6].map((seed): [ReturnType<typeof returnsOf>] => [returnsOf(200, 12, seed)]);
    const alone = createComputePool({ threads: 1 });
    const progress: number[] = [];
    const [two, one] = await Promise.all([
      pool.map('sampleCovariance', inputs, { inline: 'never', onProgress: (done) => progress.push(done) }),
      alone.map('sampleCovariance', inputs, { inline: 'never' }),
    ]);
    await alone.close();
    expect(two.map(({ values }) => Array.from(values))).toEqual(one.map(({ values }) => Array.from(values)));
    expect(progress).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('reads shared memory without copying it, and leaves the caller’s arrays as they were', async () => {
    const shared = { ...returnsOf(300, 25), values: inSharedMemory(seeded(300 * 25)) };
    const plain = returnsOf(300, 25);
    const [a, b] = await Promise.all([
      pool.run('sampleCovariance', [shared], { inline: 'never' }),
      pool.run('sampleCovariance', [plain], { inline: 'never' }),
    ]);
    expect(Array.from(a.values)).toEqual(Array.from(b.values));
    expect(plain.values).toHaveLength(300 * 25);
  });

  it('hands over a kernel’s typed failure with its details', async () => {
    const covariance = createCovariance(new Float64Array([1, 0, 0, 1]), 2, { ids: ['a', 'b'] });
    const bounds = [
      { assetId: 'a', upper: 0.3 },
      { assetId: 'b', upper: 0.3 },
    ];
    const error = await failure(pool.run('riskParity', [{ covariance, constraints: { bounds } }], { inline: 'never' }));
    expect(error).toBeInstanceOf(RiskMathError);
    expect(error).toMatchObject({
      reason: 'infeasible',
      details: { clashing: ['net', 'upperBound:a', 'upperBound:b'] },
    });
  });

  it('runs small computations where they are asked for', async () => {
    const covariance = createCovariance(new Float64Array([1, 0, 0, 4]), 2, { ids: ['a', 'b'] });
    const before = pool.state.completed;
    const solution = await pool.run('riskParity', [{ covariance }]);
    expect(solution).toEqual(riskParity({ covariance }));
    expect(pool.state.completed).toBe(before);
  });

  it('leaves the event loop free while it computes', async () => {
    const small = createComputePool({ threads: 1 });
    await small.run('sampleCovariance', [returnsOf(10, 2)], { inline: 'never' });
    let turns = 0;
    const counter = setInterval(() => turns++, 5);
    await small.run('ledoitWolf', [returnsOf(1500, 400), 'identity']);
    clearInterval(counter);
    await small.close();
    expect(turns).toBeGreaterThan(5);
  });

  it('cancels a running kernel within a second, and goes on', async () => {
    const controller = new AbortController();
    const running = failure(pool.run('nearestPositiveSemiDefinite', slow(), { signal: controller.signal }));
    await new Promise((resolve) => setTimeout(resolve, 400));
    const started = Date.now();
    controller.abort();
    const error = await running;
    expect(Date.now() - started).toBeLessThan(1000);
    expect(error).toMatchObject({ code: 'COMPUTE_CANCELLED' });
    const after = await pool.run('sampleCovariance', [returnsOf(20, 2)], { inline: 'never' });
    expect(after.size).toBe(2);
  });

  it('cancels what has not started without starting it', async () => {
    const controller = new AbortController();
    controller.abort();
    const error = await failure(pool.run('nearestPositiveSemiDefinite', slow(), { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'COMPUTE_CANCELLED' });
    const many = failure(
      pool.map(
        'sampleCovariance',
        [1, 2, 3].map((seed): [ReturnType<typeof returnsOf>] => [returnsOf(20, 2, seed)]),
        { signal: controller.signal },
      ),
    );
    expect(await many).toMatchObject({ code: 'COMPUTE_CANCELLED' });
  });

  it('refuses more than its queue holds, and says when to come back', async () => {
    const crowded = createComputePool({ threads: 1, maxQueue: 1 });
    const stop = new AbortController();
    const first = failure(crowded.run('nearestPositiveSemiDefinite', slow(), { signal: stop.signal }));
    const second = failure(crowded.run('nearestPositiveSemiDefinite', slow(), { signal: stop.signal }));
    const error = await failure(crowded.run('sampleCovariance', [returnsOf(10, 2)], { inline: 'never' }));
    expect(error).toMatchObject({ code: 'COMPUTE_OVERLOADED', status: 503, retryAfterSeconds: 1, retryable: true });
    expect(ComputeError.is(error)).toBe(true);
    expect(Symbol.for('@risk-budget/coded-error') in (error as object)).toBe(true);
    stop.abort();
    await Promise.all([first, second]);
    await crowded.close();
  });

  it('refuses work once it is closed', async () => {
    const brief = createComputePool({ threads: 1 });
    await brief.close();
    await brief.close();
    expect(await failure(brief.run('sampleCovariance', [returnsOf(10, 2)]))).toMatchObject({ code: 'COMPUTE_CLOSED' });
  });
});

describe('the built package', () => {
  const built = fileURLToPath(new URL('../dist/index.js', import.meta.url));
  const mathematics = fileURLToPath(new URL('../../risk-math/dist/index.js', import.meta.url));
  const program = `
    import { createComputePool } from ${JSON.stringify(built)};
    const pool = createComputePool({ threads: 1 });
    const values = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i));
    const { size } = await pool.run('sampleCovariance', [{ values, observations: 20, assets: 2 }], { inline: 'never' });
    await pool.close();
    console.log('size', size);
  `;

  it('runs its own worker, without sources', () => {
    if (!existsSync(built) || !existsSync(mathematics)) {
      execFileSync('npx', ['tsc', '-b', fileURLToPath(new URL('../tsconfig.lib.json', import.meta.url))]);
    }
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    expect(output.trim()).toBe('size 2');
  });
});
