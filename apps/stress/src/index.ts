export { stressService } from './stress.service.js';
export { type StressConfig } from './config.js';
