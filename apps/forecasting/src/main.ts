import { runService } from '@risk-budget/service-kit';
import { forecastingService } from './forecasting.service.js';
await runService(forecastingService);
