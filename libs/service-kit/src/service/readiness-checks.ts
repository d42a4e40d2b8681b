import type { Messaging } from '@risk-budget/messaging';
import { schemaStatus, type Migration, type Persistence } from '@risk-budget/persistence';
import type { Readiness } from '../management/readiness.js';

export interface ReadinessParts {
  readonly messaging: Messaging;
  /** Messages behind, by topic, as last measured. */
  readonly lagOf: () => ReadonlyMap<string, number>;
  readonly lagLimit: number;
}

/** Adds what a running service is asked: its messaging, how far it lags, and what is parked. */
export function watchReadiness(readiness: Readiness, { messaging, lagOf, lagLimit }: ReadinessParts): void {
  readiness.set('messaging', () => {
    const { ready, paused, relay } = messaging.health();
    const troubles = [
      ...paused.map(({ topic, trouble }) => `${topic}: ${trouble.error}`),
      ...(relay === undefined ? [] : [`relay: ${relay.error}`]),
    ];
    return { ok: ready, ...(troubles.length > 0 ? { detail: troubles.join('; ') } : {}) };
  });
  readiness.set('lag', () => {
    const behind = Object.fromEntries([...lagOf()].filter(([, messages]) => messages > 0));
    const worst = Math.max(0, ...Object.values(behind));
    return {
      ok: worst <= lagLimit,
      messages: behind,
      limit: lagLimit,
      ...(worst > lagLimit ? { detail: `${worst} messages behind` } : {}),
    };
  });
  // One refused message must not take the service away from every other portfolio, nor the operator's routes: it is shown, not failed.
  readiness.set('parkedKeys', async () => {
    const keys = await messaging.parked.keys();
    const detail = keys.length === 0 ? {} : { detail: 'keys are parked; see /v1/messaging/parked-keys' };
    return { ok: true, keys: keys.length, ...detail };
  });
}

/** Adds whether every migration of the code has run; a schema that is ahead will do. */
export function watchSchema(readiness: Readiness, persistence: Persistence, migrations: readonly Migration[]): void {
  readiness.set('schema', async () => {
    const { state, missing, unknown } = await schemaStatus(persistence, migrations);
    return {
      ok: state !== 'behind',
      state,
      ...(missing.length > 0 ? { missing, detail: 'migrations of this version have not run' } : {}),
      ...(unknown.length > 0 ? { unknown } : {}),
    };
  });
}
