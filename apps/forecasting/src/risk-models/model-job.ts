import { Injectable } from '@nestjs/common';
import type { Actor, Instant } from '@risk-budget/contracts';
import { JobHandler, type RunningJob } from '@risk-budget/service-kit';
import { RiskModelsService } from './risk-models.service.js';

/** Kind of the jobs that estimate a model on demand. */
export const estimateJobKind = 'risk-model.estimate';

export interface EstimateJobInput {
  readonly portfolioId: string;
  /** Business time of the request: the model knows what was known then, whenever the job runs. */
  readonly at: Instant;
  readonly reason?: string | undefined;
  readonly requestedBy: Actor;
}

/** Estimates that nobody waits for. */
@Injectable()
export class ModelJob {
  constructor(private readonly models: RiskModelsService) {}

  @JobHandler(estimateJobKind)
  async run(job: RunningJob<EstimateJobInput>): Promise<void> {
    await job.complete((tx) => this.models.estimate(tx, { ...job.input, cause: 'request' }));
  }
}
