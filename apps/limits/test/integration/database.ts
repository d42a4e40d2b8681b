import { createPersistence } from '@risk-budget/persistence';
import type { World } from './world.js';

/** Runs SQL as the service's run-time role. */
export async function withClientOf<T>(
  world: World,
  work: (query: (sql: string, parameters?: unknown[]) => Promise<unknown[]>) => Promise<T>,
): Promise<T> {
  const { appUrl } = world.handle.database.service('limits');
  const persistence = await createPersistence({ url: appUrl, schema: 'limits', poolSize: 2, timescale: 'off' });
  try {
    return await work((sql, parameters) => persistence.query(sql, parameters));
  } finally {
    await persistence.close();
  }
}
