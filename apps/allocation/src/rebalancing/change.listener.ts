import { Inject, Injectable } from '@nestjs/common';
import type { Clock, Instant } from '@risk-budget/contracts';
import {
  PositionStore,
  seenAt,
  type ChangeContext,
  type MarketDataChange,
  type MarketDataListener,
} from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import {
  CLOCK,
  compareInstants,
  CONFIG,
  TimerHandler,
  TimerService,
  type FiredTimer,
  type TimerContext,
} from '@risk-budget/service-kit';
import type { AllocationConfig } from '../config.js';
import { PlanActivationService } from '../plans/plan-activation.service.js';
import { PlansRepository } from '../plans/plans.repository.js';
import { RebalancingRepository } from './rebalancing.repository.js';
import { RebalancingService } from './rebalancing.service.js';

const CHECK = 'rebalancing.check';

/**
 * Hears of new prices, positions and risk models. Weights are checked by a timer shortly after a change, so that all that
 * arrives together is looked at together: a split and the quotes after it, the bars of a close.
 */
@Injectable()
export class ChangeListener implements MarketDataListener {
  constructor(
    private readonly plans: PlansRepository,
    private readonly activation: PlanActivationService,
    private readonly rebalancing: RebalancingService,
    private readonly repository: RebalancingRepository,
    private readonly positions: PositionStore,
    private readonly timers: TimerService,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: AllocationConfig,
  ) {}

  async onChanges(changes: readonly MarketDataChange[], { tx }: ChangeContext): Promise<void> {
    for (const change of changes) {
      if (change.kind === 'riskModel') {
        for (const portfolioId of change.portfolioIds)
          await this.activation.onModel(tx, portfolioId, change.occurredAt);
      } else {
        for (const portfolioId of await this.touched(tx, change))
          await this.schedule(tx, portfolioId, change.occurredAt);
      }
    }
  }

  @TimerHandler(CHECK)
  async onCheck(timer: FiredTimer, { tx, clockTime }: TimerContext): Promise<void> {
    const plan = await this.plans.active(tx, timer.key);
    // What came between the timer's time and now has not set another one, so that the check is as of now.
    if (plan !== undefined) await this.rebalancing.check(tx, plan, clockTime);
  }

  /** Portfolios with a plan in force whose weights a change moves. */
  private async touched(tx: Tx, change: MarketDataChange): Promise<string[]> {
    const inForce = await this.repository.portfoliosInForce(tx);
    if (inForce.length === 0) return [];
    switch (change.kind) {
      case 'position':
        return inForce.filter((portfolioId) => change.portfolioIds.includes(portfolioId));
      case 'price':
      case 'corporateAction': {
        const holders = new Set(await this.positions.holders(change.instrumentIds, seenAt(change.occurredAt), tx));
        return inForce.filter((portfolioId) => holders.has(portfolioId));
      }
      case 'rate':
        return inForce;
      case 'portfolio':
      case 'instrument':
      case 'benchmark':
      case 'tick':
      case 'riskModel':
      case 'budgetPlan':
        return [];
    }
  }

  /** A check that is set already is not moved: a stream of prices must not put it off for ever. */
  private async schedule(tx: Tx, portfolioId: string, occurredAt: Instant): Promise<void> {
    if ((await this.timers.find(tx, CHECK, portfolioId)) !== undefined) return;
    const now = this.clock.now();
    const from = compareInstants(occurredAt, now) > 0 ? occurredAt : now;
    const dueAt = new Date(Date.parse(from) + this.config.REBALANCING_DELAY_MS).toISOString();
    await this.timers.schedule(tx, { kind: CHECK, key: portfolioId, dueAt });
  }
}
