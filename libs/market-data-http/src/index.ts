export { MarketDataHttpModule } from './market-data-http.module.js';
export { loadJobKind } from './load.job.js';
