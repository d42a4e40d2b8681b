export { allocationService } from './allocation.service.js';
export { type AllocationConfig } from './config.js';
