import { topics } from '@risk-budget/contracts';
import { marketDataMigrations, marketDataTopics } from '@risk-budget/market-data';
import { defineService } from '@risk-budget/service-kit';
import { limitsErrors } from './error-catalogue.js';
import { limitsConfigSchema } from './limits.config.js';
import { LimitsModule, marketDataOptions } from './limits.module.js';
import { definitionTables } from './migrations/0001-definitions.js';
import { breachTables } from './migrations/0002-breaches.js';
import { preTradeTables } from './migrations/0003-pre-trade.js';
import { latestFigureTables } from './migrations/0004-latest-figures.js';
import { stressTables } from './migrations/0005-stress.js';
import { explanationTables } from './migrations/0006-explanations.js';
import { rebuildingColumns } from './migrations/0007-rebuilding.js';
import { RebuildingService } from './rebuilding/rebuilding.service.js';
import { version } from './version.js';

/** The limits service: limits and their approval, breaches and their life, escalation, pre-trade checks, compliance. */
export const limitsService = defineService({
  name: 'limits',
  version,
  description: 'Limits proposed by one and approved by another, breaches and their escalation, pre-trade checks',
  module: LimitsModule,
  configSchema: limitsConfigSchema,
  migrations: [
    ...marketDataMigrations,
    definitionTables,
    breachTables,
    preTradeTables,
    latestFigureTables,
    stressTables,
    explanationTables,
    rebuildingColumns,
  ],
  topics: {
    consumes: [
      ...marketDataTopics(marketDataOptions),
      topics.limitDefinitions,
      topics.snapshots,
      topics.stressResults,
      topics.alerts,
      topics.attributions,
    ],
    publishes: [topics.limits, topics.breaches, topics.notifications],
  },
  errors: limitsErrors,
  rebuild: (context) => context.get<RebuildingService>(RebuildingService).rebuild(context),
});
