export { stressService } from './stress.service.js';
