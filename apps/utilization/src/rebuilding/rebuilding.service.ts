import { Injectable } from '@nestjs/common';
import { alertRaised, snapshotTaken, type UtilizationSnapshot } from '@risk-budget/contracts';
import { Messaging } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import {
  Logger,
  TimerHandler,
  TimerService,
  type FiredTimer,
  type RebuildContext,
  type TimerContext,
} from '@risk-budget/service-kit';
import { AlertRepository } from '../alerts/alert.repository.js';
import { momentOf } from '../portfolios/portfolio-state.js';
import { PortfolioStateRepository } from '../portfolios/portfolio-state.repository.js';
import { SnapshotRepository } from '../snapshots/snapshot.repository.js';
import { SnapshotsService } from '../snapshots/snapshots.service.js';
import { RebuiltPortfolio } from './rebuilt-portfolio.js';

const rebuilt = 'utilization.rebuilt';
/** Nodes of snapshots that are written together. */
const together = 20_000;

/**
 * Where the schema is empty: rebuilds snapshots, alerts and how portfolios stood from what this service has published. While their inputs are
 * read again no snapshot is taken, for each that there was has been told; then one is, of all that has come meanwhile.
 */
@Injectable()
export class RebuildingService {
  constructor(
    private readonly states: PortfolioStateRepository,
    private readonly series: SnapshotRepository,
    private readonly alerts: AlertRepository,
    private readonly snapshots: SnapshotsService,
    private readonly timers: TimerService,
    private readonly messaging: Messaging,
    private readonly logger: Logger,
  ) {}

  async rebuild({ tx, own }: Pick<RebuildContext, 'tx' | 'own'>): Promise<void> {
    const portfolios = new Map<string, RebuiltPortfolio>();
    const of = (portfolioId: string): RebuiltPortfolio => {
      const portfolio = portfolios.get(portfolioId) ?? new RebuiltPortfolio(portfolioId);
      portfolios.set(portfolioId, portfolio);
      return portfolio;
    };
    const waiting: UtilizationSnapshot[] = [];
    let nodes = 0;
    for await (const { data } of own(snapshotTaken)) {
      if (!of(data.portfolioId).take(data)) continue;
      waiting.push(data);
      nodes += data.nodes.length;
      if (nodes < together) continue;
      await this.series.insert(tx, waiting.splice(0));
      nodes = 0;
    }
    await this.series.insert(tx, waiting);
    for await (const { data } of own(alertRaised)) {
      of(data.portfolioId).hear(data);
      await this.alerts.insert(tx, [data]);
    }
    for (const [, portfolio] of [...portfolios].sort(([a], [b]) => (a < b ? -1 : 1))) await this.put(tx, portfolio);
    if (portfolios.size > 0) this.logger.info('rebuilt from own topics', { portfolios: portfolios.size });
  }

  /** Takes the one snapshot of what has come since, once every input has been read again. */
  @TimerHandler(rebuilt)
  async onRebuilt(timer: FiredTimer, { tx, correlationId }: TimerContext): Promise<void> {
    if (!(await this.messaging.hasJoined())) throw new Error('inputs are still being read again');
    const state = await this.states.lock(tx, timer.key);
    await this.states.setRebuilding(tx, timer.key, false);
    const event = {
      cause: 'price',
      causeId: timer.id,
      occurredAt: momentOf(state) ?? timer.dueAt,
      correlationId,
    } as const;
    await this.snapshots.take(tx, timer.key, event);
  }

  private async put(tx: Tx, { state }: RebuiltPortfolio): Promise<void> {
    const { portfolioId, asOf } = state;
    await this.states.lock(tx, portfolioId);
    await this.states.save(tx, state);
    if (asOf === null) return;
    await this.states.setRebuilding(tx, portfolioId, true);
    await this.timers.schedule(tx, { kind: rebuilt, key: portfolioId, dueAt: asOf });
  }
}
