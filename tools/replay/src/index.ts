export type { DeskRecord, DeskTokens } from './desk/desk.js';
export { runReplay, sampleDataDir, type ReplayOptions, type ReplayResult, type ReplaySpeed } from './replay.js';
export { PriceTable } from './market/price-table.js';
export { priceFiles } from './stream/world-publisher.js';
export { readScript, type Script } from './script/script.js';
export type { RunRecord } from './summary/run-record.js';
export { renderSummary } from './summary/summary.js';
