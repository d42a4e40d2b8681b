import { topics } from '@risk-budget/contracts';
import { marketDataMigrations, marketDataTopics } from '@risk-budget/market-data';
import { persistenceMigrations } from '@risk-budget/persistence';
import { defineService } from '@risk-budget/service-kit';
import { forecastingConfigSchema } from './config.js';
import { forecastingErrors } from './errors.js';
import { ForecastingModule, marketDataOptions } from './forecasting.module.js';
import { forecastingMigrations } from './migrations.js';
import { CODE_VERSION } from './version.js';

/** Estimates the risk models that every service computes with. */
export const forecastingService = defineService({
  name: 'forecasting',
  version: CODE_VERSION,
  description:
    'Risk models by the policy of each plan; forecasts of volatility, correlations and regimes, scored when their horizon has passed.',
  module: ForecastingModule,
  configSchema: forecastingConfigSchema,
  migrations: [...persistenceMigrations, ...marketDataMigrations, ...forecastingMigrations],
  topics: {
    consumes: [...marketDataTopics(marketDataOptions), topics.predictions, topics.limits, topics.breaches],
    publishes: [topics.riskModels, topics.forecasts, topics.regimes, topics.breachProbabilities],
  },
  errors: forecastingErrors,
});
