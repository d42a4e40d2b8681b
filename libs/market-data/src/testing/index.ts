export { Prices, tradingDays, type Series } from './made-up-prices.js';
export { Upstream } from './upstream.js';
export { node, snapshot, type NodeFixture } from './snapshots.js';
