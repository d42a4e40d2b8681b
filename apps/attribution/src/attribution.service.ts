import { topics } from '@risk-budget/contracts';
import { marketDataMigrations, marketDataTopics } from '@risk-budget/market-data';
import { persistenceMigrations } from '@risk-budget/persistence';
import { defineService } from '@risk-budget/service-kit';
import { AttributionModule, marketDataOptions } from './attribution.module.js';
import { attributionConfigSchema } from './config.js';
import { attributionErrors } from './errors.js';
import { snapshotTables } from './migrations/0001-snapshots.js';
import { explanationTables } from './migrations/0002-explanations.js';
import { realisedReturnTables } from './migrations/0003-realised-returns.js';
import { CODE_VERSION } from './version.js';

/** Explains risk: where it comes from, and why it changed. */
export const attributionService = defineService({
  name: 'attribution',
  version: CODE_VERSION,
  description: 'Risk by security, strategy, sector, issuer and factor, and what explains its changes and breaches.',
  module: AttributionModule,
  configSchema: attributionConfigSchema,
  migrations: [
    ...persistenceMigrations,
    ...marketDataMigrations,
    snapshotTables,
    explanationTables,
    realisedReturnTables,
  ],
  topics: {
    consumes: [...marketDataTopics(marketDataOptions), topics.snapshots, topics.breaches, topics.realisedReturns],
    publishes: [topics.attributions],
  },
  errors: attributionErrors,
});
