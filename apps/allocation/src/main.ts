import { runService } from '@risk-budget/service-kit';
import { allocationService } from './allocation.service.js';
await runService(allocationService);
