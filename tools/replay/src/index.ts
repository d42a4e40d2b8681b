export { PriceTable } from './market/price-table.js';
export { Quotes } from './market/quotes.js';
export { faultsOf, readScript, type Script } from './script/script.js';
export { Settlement, type Readers } from './stream/settlement.js';
export { timeline, type Step } from './stream/timeline.js';
