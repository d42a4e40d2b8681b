import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RiskMathError, abandon, createTeam } from '@risk-budget/risk-math';
import { Piscina } from 'piscina';
import { costOf } from './cost.js';
import { defaultThreads } from './cpu-limit.js';
import { cancelled, closed, ComputeError, overloaded, workerLost } from './errors.js';
import { initialiseKernels } from './engine.js';
import {
  type KernelArguments,
  type KernelName,
  type KernelResult,
  type SharedKernelName,
  isSharedKernel,
  runKernel,
} from './kernels.js';
import { shareInput } from './shared-memory.js';
import type { KernelAnswer, KernelTask, TeamTask } from './worker/messages.js';

export interface ComputePoolOptions {
  /** Workers; the CPU limit less one for the event loop, at least one, when absent. */
  readonly threads?: number;
  /** Computations that may wait for a worker; 16 for each when absent. One more is refused with `COMPUTE_OVERLOADED`. */
  readonly maxQueue?: number;
  /** Computations of fewer estimated operations run on the event loop: sending them costs more. 500,000, below 1 ms, when absent. */
  readonly inlineOperations?: number;
}

export interface RunOptions {
  /** Raised to cancel: what waits never starts; what runs ends within half a second. */
  readonly signal?: AbortSignal | undefined;
  /** `never` sends even a small computation to a worker. */
  readonly inline?: 'auto' | 'never';
}

export interface MapOptions extends RunOptions {
  /** After each piece: pieces done so far. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
}

export interface ComputePoolState {
  readonly threads: number;
  readonly queued: number;
  readonly completed: number;
}

/** How long a running kernel may go on after its cancellation before its worker is ended. */
const GRACE_MILLISECONDS = 300;

/** From this many estimated operations on, idle workers make the product of an estimator together: tens of milliseconds. */
const TOGETHER_OPERATIONS = 1e8;

/**
 * The one worker pool of a process. A kernel gives the same bits here, on the event loop, and on any number of workers: it is
 * the same function on the same numbers, and `map` keeps its pieces apart.
 */
export class ComputePool {
  private readonly piscina: Piscina;
  private readonly inlineOperations: number;
  private readonly capacity: number;
  /** Computations sent and not yet answered: those that run and those that wait. */
  private underWay = 0;
  /** The compiled kernels of this thread; workers compile theirs. */
  private readonly ready = initialiseKernels();
  private isClosed = false;

  constructor(options: ComputePoolOptions = {}) {
    const threads = options.threads ?? defaultThreads();
    this.inlineOperations = options.inlineOperations ?? 500_000;
    this.capacity = threads + (options.maxQueue ?? 16 * threads);
    this.piscina = new Piscina({
      filename: workerFile(),
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: 60_000,
      concurrentTasksPerWorker: 1,
      // A worker that waits in Atomics.wait cannot be ended at once.
      atomics: 'disabled',
    });
  }

  /**
   * Runs one kernel of risk-math.
   *
   * @throws RiskMathError the kernel's own failure; ComputeError `COMPUTE_OVERLOADED`, `COMPUTE_CANCELLED`, `COMPUTE_CLOSED`
   *   or `COMPUTE_WORKER_LOST`
   */
  async run<K extends KernelName>(
    kernel: K,
    input: KernelArguments<K>,
    options: RunOptions = {},
  ): Promise<KernelResult<K>> {
    if (this.isClosed) throw closed();
    if (options.signal?.aborted === true) throw cancelled();
    await this.ready;
    if (options.inline !== 'never' && costOf(kernel, input) < this.inlineOperations) return runKernel(kernel, input);
    return this.send(kernel, input, options.signal);
  }

  /**
   * Runs one kernel on many inputs, as many at a time as there are workers, and gives the results in the order of the
   * inputs. Cancellation is looked at between pieces, and ends a piece that is still running soon after.
   */
  async map<K extends KernelName>(
    kernel: K,
    inputs: readonly KernelArguments<K>[],
    options: MapOptions = {},
  ): Promise<KernelResult<K>[]> {
    const results = new Array<KernelResult<K>>(inputs.length);
    const stop = new AbortController();
    const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
    let next = 0;
    let done = 0;
    const lane = async (): Promise<void> => {
      while (next < inputs.length) {
        const piece = next++;
        results[piece] = await this.run(kernel, inputs[piece]!, { signal, inline: options.inline ?? 'auto' });
        options.onProgress?.(++done, inputs.length);
        await yieldToEventLoop();
      }
    };
    const lanes = Array.from({ length: Math.min(this.state.threads, inputs.length) }, lane);
    try {
      await Promise.all(lanes);
    } catch (error) {
      stop.abort();
      await Promise.allSettled(lanes);
      throw error;
    }
    return results;
  }

  get state(): ComputePoolState {
    return {
      threads: this.piscina.options.maxThreads,
      queued: Math.max(0, this.underWay - this.piscina.options.maxThreads),
      completed: this.piscina.completed,
    };
  }

  /** Lets running computations end, refuses new ones and ends the workers. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.piscina.close();
  }

  private async send<K extends KernelName>(
    kernel: K,
    input: KernelArguments<K>,
    signal: AbortSignal | undefined,
  ): Promise<KernelResult<K>> {
    if (this.underWay >= this.capacity) throw overloaded(this.state.queued);
    const cancellation = signal === undefined ? null : new Cancellation(signal);
    const shared = shareInput(input);
    const idle = this.piscina.options.maxThreads - this.underWay;
    this.underWay++;
    try {
      const answer =
        isSharedKernel(kernel) && idle > 1 && costOf(kernel, input) >= TOGETHER_OPERATIONS
          ? await this.together(kernel, shared as KernelArguments<typeof kernel>, idle, cancellation)
          : await this.alone(kernel, shared, cancellation);
      if (answer.kind === 'result' && signal?.aborted !== true) return answer.result;
      if (answer.kind === 'failure') throw new RiskMathError(answer.reason, answer.message, answer.details);
      throw cancelled();
    } catch (error) {
      throw this.translated(error, signal);
    } finally {
      this.underWay--;
      cancellation?.release();
    }
  }

  private async alone<K extends KernelName>(
    kernel: K,
    input: KernelArguments<K>,
    cancellation: Cancellation | null,
  ): Promise<KernelAnswer<K>> {
    const task: KernelTask<K> = { kernel, input, cancelFlag: cancellation?.flag ?? null };
    return (await this.piscina.run(task, { signal: cancellation?.kill.signal ?? null })) as KernelAnswer<K>;
  }

  /** One worker leads, those idle assist: blocks of the product are claimed one by one, so that nobody waits for a late one. */
  private async together<K extends SharedKernelName>(
    kernel: K,
    input: KernelArguments<K>,
    members: number,
    cancellation: Cancellation | null,
  ): Promise<KernelAnswer<K>> {
    const team = createTeam(input[0].assets, cancellation?.flag ?? null);
    const signal = cancellation?.kill.signal ?? null;
    const take = (role: TeamTask['role']): Promise<unknown> =>
      this.piscina.run({ kernel, input, team, role } satisfies TeamTask<K>, { signal });
    const lead = take('lead');
    const assistants = Array.from({ length: members - 1 }, () => {
      this.underWay++;
      return take('assistant')
        .catch((error: unknown) => {
          abandon(team);
          throw error;
        })
        .finally(() => this.underWay--);
    });
    const [answer, ...others] = await Promise.allSettled([lead, ...assistants]);
    const lost = others.find((other) => other.status === 'rejected');
    if (lost !== undefined) throw lost.reason;
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value as KernelAnswer<K>;
  }

  private translated(error: unknown, signal: AbortSignal | undefined): unknown {
    if (RiskMathError.is(error) || ComputeError.is(error)) return error;
    if (signal?.aborted === true) return cancelled();
    return error instanceof Error && isLostWorker(error) ? workerLost(error) : error;
  }
}

function isLostWorker(error: Error & { readonly code?: unknown }): boolean {
  return error.code === 'ERR_WORKER_OUT_OF_MEMORY' || /worker (thread|exited)/i.test(error.message);
}

/** The pool of a process; see `ComputePool`. */
export function createComputePool(options: ComputePoolOptions = {}): ComputePool {
  return new ComputePool(options);
}

/** A flag that workers see at once, and the end of the worker a moment later. */
class Cancellation {
  readonly flag = new Int32Array(new SharedArrayBuffer(4));
  readonly kill = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', this.raise);
  }

  release(): void {
    clearTimeout(this.timer);
    this.signal.removeEventListener('abort', this.raise);
  }

  private readonly raise = (): void => {
    Atomics.store(this.flag, 0, 1);
    this.timer = setTimeout(() => this.kill.abort(), GRACE_MILLISECONDS);
  };
}

/** Beside the build lies the built worker; beside the sources one that reads sources. */
function workerFile(): string {
  const fromSource = extname(import.meta.url) === '.ts';
  return fileURLToPath(
    fromSource
      ? new URL('../source-worker.mjs', import.meta.url)
      : new URL('./worker/kernel-worker.js', import.meta.url),
  );
}

function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
