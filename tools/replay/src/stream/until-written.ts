import { setTimeout as pause } from 'node:timers/promises';
import { topicPath, topics } from '@risk-budget/contracts';
import type { MessagingDriver } from '@risk-budget/messaging';
import type { Settlement } from './settlement.js';

const pauseMs = 50;

/**
 * Waits until the log holds every message that the services have said to publish. A topic that a service reads has been waited for by its
 * reader; one that only others read may still be on its way out of an outbox.
 *
 * @throws Error naming a topic that is not complete in time
 */
export async function untilWritten(
  driver: Pick<MessagingDriver, 'read'>,
  settlement: Pick<Settlement, 'publishedCount'>,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (const topic of Object.values(topics)) {
    if (topic.namespace !== 'events' || topic.kind !== 'flow' || topic.owner === 'platform') continue;
    const wanted = settlement.publishedCount(topic.name);
    for (;;) {
      const written = await countOf(driver, topicPath(topic));
      if (written >= wanted) break;
      if (Date.now() > deadline) throw new Error(`${topic.name} holds ${written} of ${wanted} messages`);
      await pause(pauseMs);
    }
  }
}

async function countOf(driver: Pick<MessagingDriver, 'read'>, path: string): Promise<number> {
  let count = 0;
  for await (const messages of driver.read(path)) count += messages.length;
  return count;
}
