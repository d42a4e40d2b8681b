import { Inject, Injectable } from '@nestjs/common';
import type { Clock, Instant } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import { CLOCK, compareInstants, CONFIG, TimerService } from '@risk-budget/service-kit';
import type { AllocationConfig } from '../config.js';
import { DynamicPoliciesRepository } from '../dynamic-policies/dynamic-policies.repository.js';
import type { Reading } from '../dynamic-policies/readings.repository.js';

export const ADJUSTMENT = 'budget.adjustment';

/** Has portfolios looked at shortly after a new estimate, so that the regimes and volatilities of one day are looked at together. */
@Injectable()
export class AdjustmentTimer {
  constructor(
    private readonly policies: DynamicPoliciesRepository,
    private readonly timers: TimerService,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: AllocationConfig,
  ) {}

  async onReadings(tx: Tx, readings: readonly Reading[]): Promise<void> {
    const subjects = [...new Set(readings.map((reading) => reading.subjectId))];
    const latest = readings
      .map((reading) => reading.madeAt)
      .sort(compareInstants)
      .at(-1);
    if (latest === undefined) return;
    for (const portfolioId of await this.policies.followers(tx, subjects)) await this.schedule(tx, portfolioId, latest);
  }

  /** One that is set already is not moved. */
  async schedule(tx: Tx, portfolioId: string, from: Instant): Promise<void> {
    if ((await this.timers.find(tx, ADJUSTMENT, portfolioId)) !== undefined) return;
    const now = this.clock.now();
    const start = compareInstants(from, now) > 0 ? from : now;
    const dueAt = new Date(Date.parse(start) + this.config.REBALANCING_DELAY_MS).toISOString();
    await this.timers.schedule(tx, { kind: ADJUSTMENT, key: portfolioId, dueAt });
  }
}
