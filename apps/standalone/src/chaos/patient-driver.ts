import { setTimeout as pause } from 'node:timers/promises';
import { isInfrastructureError } from '@risk-budget/persistence';
import type { MessagingDriver, ReadOptions, StoredMessage } from '@risk-budget/messaging';

const PAUSE_MS = 200;

/**
 * The driver of a system upstream that gives nothing up: what it could not publish it publishes again (readers drop duplicates by id), and
 * a read that broke off goes on behind the last message it saw.
 */
export function patientDriver(driver: MessagingDriver, signal: AbortSignal): MessagingDriver {
  const patiently = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (signal.aborted || !isInfrastructureError(error)) throw error;
        await pause(PAUSE_MS);
      }
    }
  };
  return {
    scheme: driver.scheme,
    publish: (messages) => patiently(() => driver.publish(messages)),
    subscribe: (options) => patiently(() => driver.subscribe(options)),
    read: (topic, options) => readOn(driver, topic, options, signal),
    last: (topic, orderingKey) => patiently(() => driver.last(topic, orderingKey)),
    backlog: (topic, subscription) => patiently(() => driver.backlog(topic, subscription)),
    seek: (topic, subscription, time) => patiently(() => driver.seek(topic, subscription, time)),
    ping: () => driver.ping(),
    prune: () => driver.prune(),
    close: () => driver.close(),
  };
}

async function* readOn(
  driver: MessagingDriver,
  topic: string,
  options: ReadOptions | undefined,
  signal: AbortSignal,
): AsyncGenerator<StoredMessage[]> {
  const seen = new Set<string>();
  let from = options?.from;
  for (;;) {
    try {
      for await (const batch of driver.read(topic, { ...options, ...(from === undefined ? {} : { from }) })) {
        const fresh = batch.filter(({ reference }) => !seen.has(reference));
        for (const { reference } of fresh) seen.add(reference);
        const last = batch.at(-1);
        if (last !== undefined) from = { time: last.publishedAt };
        if (fresh.length > 0) yield fresh;
      }
      return;
    } catch (error) {
      if (signal.aborted || options?.signal?.aborted === true || !isInfrastructureError(error)) throw error;
      await pause(PAUSE_MS);
    }
  }
}
