import { messagingMigrations } from '@risk-budget/messaging';
import {
  migrate,
  persistenceMigrations,
  type MigrateOptions,
  type Migration,
  type MigrationReport,
} from '@risk-budget/persistence';
import { serviceKitMigrations } from '../migrations.js';
import type { ServiceDefinition } from './define-service.js';

type Defined = Pick<ServiceDefinition, 'name' | 'migrations'>;

/** Every migration of a service's schema, in order: persistence, messaging, the kit, then the service's own list (where it may name them again). */
export function migrationsOf(definition: Pick<Defined, 'migrations'>): Migration[] {
  const byName = new Map(
    [...persistenceMigrations, ...messagingMigrations, ...serviceKitMigrations, ...definition.migrations].map(
      (migration) => [migration.name, migration],
    ),
  );
  return [...byName.values()];
}

/** Brings a service's schema up to date, as its owner. */
export async function migrateService(
  definition: Defined,
  ownerUrl: string,
  options: MigrateOptions = {},
): Promise<MigrationReport> {
  return migrate(ownerUrl, definition.name, migrationsOf(definition), options);
}
