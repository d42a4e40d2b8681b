export { Prices, tradingDays, type Series } from './made-up-prices.js';
export { Upstream } from './upstream.js';
