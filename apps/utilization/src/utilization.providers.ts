import type { Provider, Type } from '@nestjs/common';
import { MARKET_DATA_LISTENER } from '@risk-budget/market-data';
import { AlertRepository } from './alerts/alert.repository.js';
import { AlertsController } from './alerts/alerts.controller.js';
import { AlertsService } from './alerts/alerts.service.js';
import { BudgetReportController } from './budget-report/budget-report.controller.js';
import { HistoryController } from './history/history.controller.js';
import { HistoryService } from './history/history.service.js';
import { TickFollower } from './intraday/tick-follower.js';
import { LimitsConsumer } from './limits/limits.consumer.js';
import { WatchedLimitsRepository } from './limits/watched-limits.repository.js';
import { CurrentPortfolios } from './portfolios/current-portfolios.js';
import { PortfolioStateRepository } from './portfolios/portfolio-state.repository.js';
import { PortfoliosController } from './portfolios/portfolios.controller.js';
import { PortfoliosService } from './portfolios/portfolios.service.js';
import { RebuildingService } from './rebuilding/rebuilding.service.js';
import { AffectedPortfolios } from './snapshots/affected-portfolios.js';
import { ChangeListener } from './snapshots/change.listener.js';
import { ConflationTimer } from './snapshots/conflation.timer.js';
import { PortfolioComputation } from './snapshots/portfolio-computation.js';
import { SnapshotMetrics } from './snapshots/snapshot-metrics.js';
import { SnapshotRecorder } from './snapshots/snapshot-recorder.js';
import { SnapshotRepository } from './snapshots/snapshot.repository.js';
import { SnapshotsController } from './snapshots/snapshots.controller.js';
import { SnapshotsService } from './snapshots/snapshots.service.js';
import { SnapshotFeed } from './stream/snapshot-feed.js';
import { SnapshotsConsumer } from './stream/snapshots.consumer.js';
import { StreamController } from './stream/stream.controller.js';
import { StreamService } from './stream/stream.service.js';
import { TreeController } from './tree/tree.controller.js';
import { TreeService } from './tree/tree.service.js';
import { VerificationService } from './verification/verification.service.js';
import { WhatIfController } from './what-if/what-if.controller.js';
import { WhatIfService } from './what-if/what-if.service.js';

/** Routes and consumers of the service. */
export const utilizationControllers: Type<unknown>[] = [
  PortfoliosController,
  TreeController,
  HistoryController,
  AlertsController,
  BudgetReportController,
  WhatIfController,
  StreamController,
  SnapshotsController,
  SnapshotsConsumer,
  LimitsConsumer,
];

/** Everything behind them. */
export const utilizationProviders: Provider[] = [
  PortfolioStateRepository,
  SnapshotRepository,
  WatchedLimitsRepository,
  AlertRepository,
  SnapshotMetrics,
  PortfolioComputation,
  CurrentPortfolios,
  AlertsService,
  TickFollower,
  SnapshotsService,
  SnapshotRecorder,
  AffectedPortfolios,
  ChangeListener,
  { provide: MARKET_DATA_LISTENER, useExisting: ChangeListener },
  ConflationTimer,
  RebuildingService,
  PortfoliosService,
  TreeService,
  HistoryService,
  WhatIfService,
  VerificationService,
  SnapshotFeed,
  StreamService,
];
