import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createComputePool } from '@risk-budget/compute';

/** The service's one worker pool. */
@Injectable()
export class Compute implements OnApplicationShutdown {
  readonly pool = createComputePool();

  async onApplicationShutdown(): Promise<void> {
    await this.pool.close();
  }
}
