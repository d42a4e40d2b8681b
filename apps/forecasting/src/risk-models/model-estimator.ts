import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createComputePool } from '@risk-budget/compute';
import type { RiskModelMethod } from '@risk-budget/contracts';
import { estimateModel, type EstimatedModel, type NamedReturns } from './model-estimation.js';

/** Runs the estimators off the event loop where they take long. */
@Injectable()
export class ModelEstimator implements OnApplicationShutdown {
  private readonly pool = createComputePool();

  /** @throws RiskMathError as `estimateModel`; ComputeError when the pool is overloaded */
  async estimate(returns: NamedReturns, method: RiskModelMethod): Promise<EstimatedModel> {
    return estimateModel(this.pool, returns, method);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.close();
  }
}
