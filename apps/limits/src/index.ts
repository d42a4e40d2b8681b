export { limitsService } from './limits.service-definition.js';
export { limitsErrors } from './error-catalogue.js';
