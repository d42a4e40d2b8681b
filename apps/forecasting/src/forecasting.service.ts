import { topics } from '@risk-budget/contracts';
import { marketDataMigrations, marketDataTopics } from '@risk-budget/market-data';
import { persistenceMigrations } from '@risk-budget/persistence';
import { defineService } from '@risk-budget/service-kit';
import { forecastingConfigSchema } from './config.js';
import { forecastingErrors } from './errors.js';
import { ForecastingModule, marketDataOptions } from './forecasting.module.js';
import { forecastingMigrations } from './migrations.js';
import { republishModels } from './risk-models/republish.js';
import { CODE_VERSION } from './version.js';

/** Estimates the risk models that every service computes with. */
export const forecastingService = defineService({
  name: 'forecasting',
  version: CODE_VERSION,
  description: 'Estimates, repairs and publishes the risk model of each portfolio by the policy of its plan.',
  module: ForecastingModule,
  configSchema: forecastingConfigSchema,
  migrations: [...persistenceMigrations, ...marketDataMigrations, ...forecastingMigrations],
  topics: { consumes: marketDataTopics(marketDataOptions), publishes: [topics.riskModels] },
  errors: forecastingErrors,
  republish: republishModels,
});
