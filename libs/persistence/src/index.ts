export { InfrastructureError, PersistenceError } from './errors.js';
export { isInfrastructureError, isTransientConflict, sqlState } from './infrastructure-error.js';
export {
  afterCommit,
  beforeCommit,
  bindBeforeCommit,
  bindNow,
  runLast,
  createPersistence,
  dropUnsent,
  execute,
  executeLater,
  Persistence,
  rows,
  type EntityDefinition,
  type Isolation,
  type PersistenceOptions,
  type SqlValue,
  type TransactionOptions,
  type Tx,
} from './persistence.js';
export {
  insertOnly,
  migrate,
  schemaStatus,
  type MigrateOptions,
  type Migration,
  type MigrationContext,
  type MigrationReport,
  type SchemaStatus,
} from './migrate.js';
export {
  provision,
  type ProvisionOptions,
  type ProvisionPlan,
  type ProvisionStep,
  type ServiceRoles,
} from './provision.js';
export { identifier, literal } from './sql.js';
export type { TimescaleMode } from './timescale.js';
export { copyInto, type CopyValue } from './copy-into.js';
export { insertMany } from './insert-many.js';
export { asOfQuery, latestView, type AsOfQuery, type BitemporalTable } from './as-of.js';
export * from './decimal.js';
export { createSeriesAggregate, type SeriesAggregate } from './series/series-aggregate.js';
export { compressSeries, type SeriesCompression } from './series/series-compression.js';
export { persistenceMigrations } from './series/series-migrations.js';
export { createSeriesTable, keepSeries, type SeriesIndex, type SeriesTable } from './series/series-table.js';
export { ensureSeries, ensureSeriesOf, upkeepSeries } from './series/ensure-series.js';
export { columnTypes } from './column-types.js';
