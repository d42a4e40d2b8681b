import type { Clock } from '@risk-budget/contracts';
import { upkeepSeries, type Persistence } from '@risk-budget/persistence';
import { beforeTime } from '../clock/business-clock.js';
import type { IdempotencyStore } from '../http/idempotency.store.js';
import type { Logger } from '../logging/logger.js';
import { Loop } from '../nest/loop.js';

const everyMs = 3_600_000;
const keptDays = 90;

/**
 * Once an hour: forgets what nobody needs any more (idempotency keys of some days ago, timers and jobs that ended long ago, chunks of
 * series beyond their retention), and makes partitions ahead.
 */
export class Housekeeping {
  private readonly loop: Loop;

  constructor(
    private readonly persistence: Persistence,
    private readonly idempotency: IdempotencyStore,
    private readonly clock: Clock,
    logger: Logger,
  ) {
    this.loop = new Loop(() => this.tidy(), {
      everyMs,
      onError: (error) => logger.warn('housekeeping failed', { error }),
    });
  }

  start(): void {
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
  }

  /** Does it now. */
  async tidy(): Promise<void> {
    await this.idempotency.prune();
    const old = `finished_at < clock_timestamp() - interval '${keptDays} days'`;
    await this.persistence.query(`DELETE FROM timer WHERE state IN ('fired', 'cancelled') AND ${old}`);
    await this.persistence.query(`DELETE FROM job WHERE state IN ('succeeded', 'failed', 'cancelled') AND ${old}`);
    const now = this.clock.now();
    // A replay that has not begun has no days to make ready.
    if (now > beforeTime.time) await upkeepSeries(this.persistence, now);
  }
}
