import { runService } from '@risk-budget/service-kit';
import { attributionService } from './attribution.service.js';
await runService(attributionService);
