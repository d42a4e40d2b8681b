import { topics } from '@risk-budget/contracts';
import { marketDataMigrations, marketDataTopics } from '@risk-budget/market-data';
import { persistenceMigrations } from '@risk-budget/persistence';
import { defineService } from '@risk-budget/service-kit';
import { AttributionModule, marketDataOptions } from './attribution.module.js';
import { attributionErrors } from './errors.js';
import { snapshotTables } from './migrations/0001-snapshots.js';
import { CODE_VERSION } from './version.js';

/** Explains risk: where it comes from, and why it changed. */
export const attributionService = defineService({
  name: 'attribution',
  version: CODE_VERSION,
  description: 'Risk by security, strategy, sector, issuer and factor, and what explains its changes and breaches.',
  module: AttributionModule,
  migrations: [...persistenceMigrations, ...marketDataMigrations, snapshotTables],
  topics: {
    consumes: [...marketDataTopics(marketDataOptions), topics.snapshots],
    publishes: [topics.attributions],
  },
  errors: attributionErrors,
});
