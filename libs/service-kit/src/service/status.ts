import { serviceStatus, type Clock, type EventData } from '@risk-budget/contracts';
import type { Outbox } from '@risk-budget/messaging';
import type { Persistence } from '@risk-budget/persistence';
import type { Logger } from '../logging/logger.js';
import type { Readiness } from '../management/readiness.js';
import { Loop } from '../nest/loop.js';

export type Status = EventData<typeof serviceStatus>['status'];

export interface StatusReporterParts {
  readonly service: string;
  readonly instance: string;
  readonly version: string;
  readonly persistence: Persistence;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly readiness: Readiness;
  readonly logger: Logger;
}

const watchMs = 5000;

/** Tells system monitoring how the service is: `platform.status` events for start, readiness gained and lost, parked keys, stop. */
export class StatusReporter {
  private readonly loop: Loop;
  private ready = true;

  constructor(private readonly parts: StatusReporterParts) {
    this.loop = new Loop(() => this.watch(), {
      everyMs: watchMs,
      onError: (error) => parts.logger.debug('the status cannot be written', { error }),
    });
  }

  start(): void {
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
  }

  /** Writes a status; one that cannot be written is only logged, for it must not keep the service from its work. */
  async report(status: Status, detail?: string): Promise<void> {
    const { service, instance, version, persistence, outbox, clock, logger } = this.parts;
    const data = { service, instance, version, status, ...(detail === undefined ? {} : { detail }) };
    logger.info('status', { status, detail });
    await persistence
      .transaction((tx) => outbox.emit(tx, serviceStatus, { occurredAt: clock.now(), data }))
      .catch((error: unknown) => logger.warn('the status cannot be written', { status, error }));
  }

  private async watch(): Promise<void> {
    const { status, checks } = await this.parts.readiness.report();
    const ready = status === 'ready';
    if (ready === this.ready) return;
    this.ready = ready;
    const failing = Object.entries(checks).filter(([, check]) => !check.ok);
    await this.report(
      ready ? 'ready' : 'unready',
      failing.map(([name, check]) => `${name}: ${check.detail ?? 'failed'}`).join('; ') || undefined,
    );
  }
}
