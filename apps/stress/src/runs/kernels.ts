import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import {
  createComputePool,
  monteCarlo,
  type KernelArguments,
  type KernelName,
  type KernelResult,
} from '@risk-budget/compute';
import type { MonteCarloRisk, QuantileRule, Simulation } from '@risk-budget/risk-math';
import { asStressError } from '../errors.js';

/** Runs the mathematics off the event loop where it takes long, with refusals as errors of this service. */
@Injectable()
export class Kernels implements OnApplicationShutdown {
  private readonly pool = createComputePool();

  /** @throws StressError `STRESS.NOT_COMPUTABLE`; ComputeError when the pool is overloaded or the signal is raised */
  async run<K extends KernelName>(
    kernel: K,
    input: KernelArguments<K>,
    signal?: AbortSignal,
  ): Promise<KernelResult<K>> {
    return translated(this.pool.run(kernel, input, signal === undefined ? {} : { signal }));
  }

  /** A simulation on all workers. @param onProgress part of the paths that is done */
  async simulate(
    simulation: Simulation,
    confidence: number,
    rule: QuantileRule,
    options: { readonly signal: AbortSignal; readonly onProgress: (fraction: number) => void },
  ): Promise<MonteCarloRisk> {
    const { signal, onProgress } = options;
    return translated(
      monteCarlo(this.pool, simulation, confidence, { signal, rule, onProgress: (done, of) => onProgress(done / of) }),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.close();
  }
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asStressError(error);
  }
}
