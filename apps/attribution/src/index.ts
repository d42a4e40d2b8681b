export { attributionService } from './attribution.service.js';
export { type AttributionConfig } from './config.js';
