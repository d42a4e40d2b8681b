import { topicPath, topics } from '@risk-budget/contracts';
import type { MessagingDriver } from '@risk-budget/messaging';
import type { LoggedMessage } from '../events/run-events.js';

/** Every message on every public topic, each topic in its own order. */
export async function readMessages(driver: MessagingDriver): Promise<LoggedMessage[]> {
  const messages: LoggedMessage[] = [];
  for (const topic of Object.values(topics)) {
    const path = topicPath(topic);
    for await (const batch of driver.read(path)) {
      for (const { payload, publishedAt } of batch) messages.push({ topic: path, payload, publishedAt });
    }
  }
  return messages;
}
