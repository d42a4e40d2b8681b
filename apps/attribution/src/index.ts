export { attributionService } from './attribution.service.js';
