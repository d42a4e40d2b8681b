export { InfrastructureError, PersistenceError } from './errors.js';
export { isInfrastructureError, isTransientConflict, sqlState } from './infrastructure-error.js';
export {
  afterCommit,
  createPersistence,
  execute,
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
