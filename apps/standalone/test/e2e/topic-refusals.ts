import { randomUUID } from 'node:crypto';
import { limitWanted } from '@risk-budget/contracts';
import { createUpstreamPublisher, type MessagingDriver, type OutgoingMessage } from '@risk-budget/messaging';
import { freshFetch } from './fresh-fetch.js';
import type { Access } from './refusals.js';

export interface TopicRefusal {
  readonly name: string;
  /** On a topic that every service reads. */
  readonly message: OutgoingMessage;
  readonly reason: RegExp;
}

function message(key: string, payload: string): OutgoingMessage {
  return { topic: 'upstream/portfolios', key, orderingKey: key, payload };
}

function envelopeOf(key: string, data: unknown): string {
  return JSON.stringify({
    specversion: '1.0',
    id: randomUUID(),
    source: '/upstream/refused',
    type: 'portfolio.defined.v1',
    subject: key,
    time: '2020-06-30T21:00:00.000Z',
    datacontenttype: 'application/json',
    recordedat: '2020-06-30T21:00:00.000Z',
    correlationid: randomUUID(),
    sequence: 1,
    data,
  });
}

/** Messages that cannot be read, whoever reads them. */
export function topicRefusals(): TopicRefusal[] {
  return [
    { name: 'what is no JSON', message: message('REFUSED-TEXT', '{"half": '), reason: /^no JSON: / },
    { name: 'what is no event', message: message('REFUSED-JSON', '{"hello":"world"}'), reason: /^no envelope: / },
    {
      name: 'an event whose data do not fit its schema',
      message: message('REFUSED-DATA', envelopeOf('REFUSED-DATA', { portfolioId: 'REFUSED-DATA', baseCurrency: 7 })),
      reason: /baseCurrency/,
    },
  ];
}

/** Wants, on the topic of the configuration service, a limit that asks what one in force asks already. */
export async function proposesLimitThatOverlaps(driver: MessagingDriver): Promise<void> {
  const publisher = createUpstreamPublisher({ driver, source: 'overlapping' });
  await publisher.publish(limitWanted, {
    occurredAt: '2020-06-30T21:15:00.000Z',
    data: {
      limitId: 'overlapping-by-topic',
      portfolioId: 'GLOBAL-CORE',
      name: 'Another cash floor',
      measure: 'cash',
      scope: { level: 'portfolio' },
      direction: 'lower',
      bound: { kind: 'absolute', value: 0.01 },
      severity: 'hard',
      hysteresis: 0.02,
      effectiveFrom: '2020-01-01T00:00:00.000Z',
    },
  });
}

type Row = Readonly<Record<string, unknown>>;

/** What a service shows its operator of a refused message, as soon as it does. */
export async function whenRefused(
  access: Access,
  service: string,
  list: 'dead-letters' | 'parked-keys',
  wanted: (row: Row) => boolean,
): Promise<Row> {
  const url = `${access[`${service}_URL`] ?? ''}/v1/messaging/${list}?limit=100`;
  const headers = { authorization: `Bearer ${access['TOKEN_OPERATOR'] ?? ''}` };
  const until = Date.now() + 60_000;
  for (;;) {
    const { items } = (await (await freshFetch(url, { headers })).json()) as { items: Row[] };
    const found = items.find(wanted);
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`${service} has not shown it within a minute: ${JSON.stringify(items)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Drops, as the operator, what is parked under a key, so that the key goes on. @returns how many messages it was */
export async function discardParked(access: Access, service: string, id: string): Promise<number> {
  const url = `${access[`${service}_URL`] ?? ''}/v1/messaging`;
  const headers = { authorization: `Bearer ${access['TOKEN_OPERATOR'] ?? ''}`, 'content-type': 'application/json' };
  const list = await freshFetch(`${url}/parked-keys/${encodeURIComponent(id)}/messages`, { headers });
  const { items } = (await list.json()) as { items: Row[] };
  for (const item of items) {
    const body = JSON.stringify({ reason: 'It was published to be refused.' });
    const path = `${url}/parked-messages/${String(item['id'])}/discard`;
    const answer = await freshFetch(path, { method: 'POST', headers, body });
    if (answer.status !== 200) throw new Error(`${path} was refused: ${await answer.text()}`);
  }
  return items.length;
}
