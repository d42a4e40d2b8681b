import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export interface JobHandlerOptions {
  /** Tries before the job counts as failed, default 3; a job whose instance was killed is tried again as well. */
  readonly maxAttempts?: number;
}

export interface JobHandlerMetadata extends JobHandlerOptions {
  readonly kind: string;
}

/** Metadata key of {@link JobHandler}. */
export const jobHandlerKey = 'risk-budget:job-handler';

/** Marks the method of a provider that runs jobs of a kind: `(job: RunningJob<Input>) => Promise<Result>`. A kind has one handler. */
export const JobHandler = (kind: string, options: JobHandlerOptions = {}): CustomDecorator =>
  SetMetadata(jobHandlerKey, { kind, ...options } satisfies JobHandlerMetadata);
