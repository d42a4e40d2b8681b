import { runService } from '@risk-budget/service-kit';
import { limitsService } from './index.js';

await runService(limitsService);
