export { metricsInCode, seriesOf, type Metric, type MetricKind } from './metrics.js';
export { operationsPage, withTables } from './operations-page.js';
export { readText, root } from './repository.js';
export { namesOf, variables, type Variable } from './variables.js';
