import { topics } from '@risk-budget/contracts';
import { marketDataMigrations, marketDataTopics } from '@risk-budget/market-data';
import { persistenceMigrations } from '@risk-budget/persistence';
import { defineService } from '@risk-budget/service-kit';
import { AllocationModule, marketDataOptions } from './allocation.module.js';
import { allocationConfigSchema } from './config.js';
import { allocationErrors } from './errors.js';
import { allocationMigrations } from './migrations.js';
import { CODE_VERSION } from './version.js';

/** Allocates risk budgets, keeps the ledger of plans, and asks for rebalancing. */
export const allocationService = defineService({
  name: 'allocation',
  version: CODE_VERSION,
  description:
    'Computes allocations of risk, keeps budget plans through their life, scales budgets by regime and volatility, and asks for rebalancing when weights leave their band.',
  module: AllocationModule,
  configSchema: allocationConfigSchema,
  migrations: [...persistenceMigrations, ...marketDataMigrations, ...allocationMigrations],
  topics: {
    consumes: [...marketDataTopics(marketDataOptions), topics.regimes, topics.forecasts],
    publishes: [topics.budgets, topics.rebalancing],
  },
  errors: allocationErrors,
});
