import { topics } from '@risk-budget/contracts';
import { marketDataMigrations, marketDataTopics } from '@risk-budget/market-data';
import { persistenceMigrations } from '@risk-budget/persistence';
import { defineService } from '@risk-budget/service-kit';
import { utilizationErrors } from './errors.js';
import { marketDataOptions } from './market-data-options.js';
import { utilizationTables } from './migrations/0001-utilization-tables.js';
import { watchedLimitTables } from './migrations/0002-watched-limits.js';
import { seenTicks } from './migrations/0003-seen-ticks.js';
import { rebuildingColumn } from './migrations/0004-rebuilding.js';
import { RebuildingService } from './rebuilding/rebuilding.service.js';
import { UtilizationModule } from './utilization.module.js';
import { version } from './version.js';

/** The utilization service: how much of each risk budget is used, after every change of what the figures rest on. */
export const utilizationService = defineService({
  name: 'utilization',
  version,
  description:
    'Risk, consumption and utilization of every node of a portfolio; alerts, history, what-if and budget reports.',
  module: UtilizationModule,
  migrations: [
    ...persistenceMigrations,
    ...marketDataMigrations,
    utilizationTables,
    watchedLimitTables,
    seenTicks,
    rebuildingColumn,
  ],
  topics: {
    // The live streams follow the snapshots besides, in every instance and without settling them.
    consumes: [...marketDataTopics(marketDataOptions), topics.limits],
    publishes: [topics.snapshots, topics.alerts],
  },
  errors: utilizationErrors,
  rebuild: (context) => context.get<RebuildingService>(RebuildingService).rebuild(context),
});
