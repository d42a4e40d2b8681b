import type { BatchHandler } from '@risk-budget/messaging';
import { execute } from '@risk-budget/persistence';

/** A handler that leaves an effect per event. */
export function record(instance = 'one', check: (n: number, attempt: number) => void = () => undefined): BatchHandler {
  return async (events, batch) => {
    for (const event of events) {
      const { key, n } = event.data as { key: string; n: number };
      check(n, batch.attempt);
      await execute(batch.tx, 'INSERT INTO effect (key, n, instance, replay) VALUES ($1, $2, $3, $4)', [
        key,
        n,
        instance,
        batch.replay,
      ]);
    }
  };
}
