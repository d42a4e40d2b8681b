import { topics } from '@risk-budget/contracts';
import { marketDataMigrations, marketDataTopics } from '@risk-budget/market-data';
import { persistenceMigrations } from '@risk-budget/persistence';
import { defineService } from '@risk-budget/service-kit';
import { stressConfigSchema } from './config.js';
import { stressErrors } from './errors.js';
import { stressMigrations } from './migrations.js';
import { marketDataOptions, StressModule } from './stress.module.js';
import { CODE_VERSION } from './version.js';

/** What a portfolio would lose: scenarios, episodes of the past, simulated and most plausible losses. */
export const stressService = defineService({
  name: 'stress',
  version: CODE_VERSION,
  description: 'A library of scenarios, and the loss of each portfolio and its nodes under them.',
  module: StressModule,
  configSchema: stressConfigSchema,
  migrations: [...persistenceMigrations, ...marketDataMigrations, ...stressMigrations],
  topics: { consumes: [...marketDataTopics(marketDataOptions), topics.scenarios], publishes: [topics.stressResults] },
  errors: stressErrors,
});
