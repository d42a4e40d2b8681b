import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventCatalogue, topicPath, topics } from '@risk-budget/contracts';
import { createDriver, type OutgoingMessage } from '@risk-budget/messaging';
import { consumedTopics } from '../../src/definitions.js';
import { freshFetch } from './fresh-fetch.js';

const root = join(import.meta.dirname, '..', '..', '..', '..');

/** What the version of 2026-11-22, which closed the main job, published: one portfolio and what was said of it. */
export async function eventsOf2026(): Promise<OutgoingMessage[]> {
  const text = await readFile(join(root, 'libs', 'contracts', 'fixtures', 'events-2026-11-22.json'), 'utf8');
  const { events } = JSON.parse(text) as { events: { type: string; subject: string }[] };
  return events.map((event) => {
    const definition = eventCatalogue.find(({ type }) => type === event.type);
    if (definition === undefined) throw new Error(`nobody knows ${event.type} any more`);
    const { subject } = event;
    return {
      topic: topicPath(definition.topic),
      key: subject,
      orderingKey: subject,
      payload: JSON.stringify(event),
    };
  });
}

/** Publishes events as they are; resolves when every service has settled what it reads of them. */
export async function publishSettled(
  access: Record<string, string>,
  messages: readonly OutgoingMessage[],
): Promise<void> {
  const driver = createDriver(access['MESSAGING_URL'] ?? '');
  try {
    await driver.publish(messages);
    const read = Object.entries(consumedTopics()).flatMap(([service, names]) =>
      Object.values(topics)
        .filter(({ name }) => names.includes(name))
        .map((topic) => ({ service, path: topicPath(topic) })),
    );
    const until = Date.now() + 300_000;
    for (const { service, path } of read) {
      while ((await driver.backlog(path, service)) > 0) {
        if (Date.now() > until) throw new Error(`${service} has not settled ${path}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  } finally {
    await driver.close();
  }
}

/** What a service could not take: parked keys and dead letters. */
export async function refusedBy(access: Record<string, string>, service: string): Promise<unknown[]> {
  const headers = { authorization: `Bearer ${access['TOKEN_OPERATOR'] ?? ''}` };
  const url = `${access[`${service}_URL`] ?? ''}/v1/messaging`;
  const lists = await Promise.all(
    ['parked-keys', 'dead-letters'].map(async (list) => {
      const answer = await freshFetch(`${url}/${list}?limit=100`, { headers });
      return ((await answer.json()) as { items: unknown[] }).items;
    }),
  );
  return lists.flat();
}
