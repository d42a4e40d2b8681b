import 'reflect-metadata';
import { runService } from '@risk-budget/service-kit';
import { utilizationService } from './utilization.definition.js';

await runService(utilizationService);
