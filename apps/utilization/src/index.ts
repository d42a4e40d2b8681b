export { utilizationService } from './utilization.definition.js';
