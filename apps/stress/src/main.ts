import { runService } from '@risk-budget/service-kit';
import { stressService } from './stress.service.js';
await runService(stressService);
