import { Injectable } from '@nestjs/common';
import { BulkLoader, LoadFileStore, MarketDataError, type Load, type LoadContent } from '@risk-budget/market-data';
import { JobHandler, type RunningJob } from '@risk-budget/service-kit';

/** Kind of the job that loads a file. */
export const loadJobKind = 'market-data.load';

export interface LoadJobInput {
  readonly loadId: string;
}

/** Loads a file that was uploaded. Taken over by another instance it starts again: what is loaded already changes nothing. */
@Injectable()
export class LoadJob {
  constructor(
    private readonly loader: BulkLoader,
    private readonly files: LoadFileStore,
  ) {}

  @JobHandler(loadJobKind)
  async run(job: RunningJob<LoadJobInput>): Promise<void> {
    const load = await this.files.get(job.input.loadId);
    try {
      const result = await this.loader.load(
        {
          dataset: load.dataset,
          content: this.contentOf(load),
          source: { id: load.loadId, occurredAt: load.knownAt },
          portfolioId: load.portfolioId ?? undefined,
        },
        {
          transaction: (work) => job.transaction(work),
          progress: (rows, fraction) => job.progress(fraction, `${rows} rows`),
          signal: job.signal,
        },
      );
      await job.complete(async (tx) => {
        await this.files.discard(load.loadId, tx);
        return result;
      });
    } catch (error) {
      if (error instanceof MarketDataError && !error.retryable) {
        await job.transaction((tx) => this.files.discard(load.loadId, tx));
      }
      throw error;
    }
  }

  private contentOf({ format, loadId, bytes }: Load): LoadContent {
    return format === 'csv'
      ? { format, bytes: bytes ?? 0, stream: this.files.stream(loadId) }
      : { format, file: this.files.buffer(loadId, bytes ?? 0) };
  }
}
