export { forecastingService } from './forecasting.service.js';
export { type ForecastingConfig } from './config.js';
