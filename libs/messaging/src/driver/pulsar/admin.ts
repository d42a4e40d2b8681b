import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { brokerRefused, brokerUnreachable } from '../../errors.js';
import type { PulsarAccess } from './access.js';
import type { Position } from './message-id.js';

const TIMEOUT_MS = 10_000;

export interface AdminAnswer {
  status: number;
  /** The body as JSON; as text where it is none. */
  body: unknown;
}

/** Pulsar's administration over REST, as far as a client of its topics needs it. Topics are `tenant/namespace/name`. */
export class PulsarAdmin {
  constructor(private readonly access: Pick<PulsarAccess, 'adminUrl' | 'ca' | 'headers'>) {}

  /**
   * Makes a subscription that does not exist yet.
   *
   * @returns whether it was made now
   */
  async createSubscription(topic: string, subscription: string, at: 'earliest' | 'latest'): Promise<boolean> {
    const exists = async (): Promise<boolean> => (await this.subscriptions(topic))?.[subscription] !== undefined;
    if (await exists()) return false;
    // Pulsar's earliest and latest; the second is beyond the exact numbers of JSON here, hence text.
    const place = at === 'earliest' ? '-1' : '9223372036854775807';
    const body = `{"ledgerId":${place},"entryId":${place},"partitionIndex":-1}`;
    const what = subscriptionPath(topic, subscription);
    const answer = await this.ask('PUT', what, { body, allow: [409, 412] });
    // Another instance may make it in the same moment (409), and have its consumer on it already (412).
    if (answer.status === 412 && !(await exists())) throw brokerRefused(`PUT ${what}: 412 ${reasonOf(answer)}`);
    return answer.status < 300;
  }

  /** Sets a subscription to the first message published at or after an instant. Without the subscription nothing happens. */
  async resetCursor(topic: string, subscription: string, milliseconds: number): Promise<void> {
    await this.ask('POST', `${subscriptionPath(topic, subscription)}/resetcursor/${milliseconds}`, { allow: [404] });
  }

  /** Subscriptions of a topic: entries not acknowledged, and the names of the consumers; undefined when there is no such topic. */
  async subscriptions(topic: string): Promise<Record<string, { backlog: number; consumers: string[] }> | undefined> {
    const { status, body } = await this.ask('GET', `${topicPathOf(topic)}/stats?getPreciseBacklog=true`, {
      allow: [404],
    });
    if (status === 404) return undefined;
    const found = (body as TopicStats).subscriptions ?? {};
    return Object.fromEntries(
      Object.entries(found).map(([name, { msgBacklog, consumers = [] }]) => [
        name,
        { backlog: msgBacklog ?? 0, consumers: consumers.map(({ consumerName }) => consumerName ?? '') },
      ]),
    );
  }

  /** The last entry of a topic; undefined when it holds none, or does not exist. */
  async lastPosition(topic: string): Promise<Position | undefined> {
    const { status, body } = await this.ask('GET', `${topicPathOf(topic)}/internalStats`, { allow: [404] });
    if (status === 404) return undefined;
    const { numberOfEntries = 0, lastConfirmedEntry = '' } = body as InternalStats;
    const [ledger, entry] = lastConfirmedEntry.split(':').map(Number);
    return numberOfEntries === 0 || ledger === undefined || entry === undefined ? undefined : { ledger, entry };
  }

  /** The first message published at or after an instant, or the last one when there is none. */
  async positionAt(topic: string, milliseconds: number): Promise<Position> {
    const { body } = await this.ask('GET', `${topicPathOf(topic)}/messageid/${milliseconds}`);
    const { ledgerId, entryId } = body as { ledgerId: number; entryId: number };
    return { ledger: ledgerId, entry: entryId };
  }

  /** Whether the administration answers. */
  async ready(): Promise<boolean> {
    return this.ask('GET', '/brokers/ready', { allow: [401, 403] }).then(
      () => true,
      () => false,
    );
  }

  /**
   * One request below `/admin/v2`.
   *
   * @param options.allow statuses beyond the good ones that the caller knows what to do with
   * @throws `MESSAGING.BROKER_UNREACHABLE`, `MESSAGING.BROKER_REFUSED`: both of the infrastructure, to be tried again
   */
  async ask(
    method: string,
    path: string,
    options: { body?: string; allow?: readonly number[] } = {},
  ): Promise<AdminAnswer> {
    let answer: AdminAnswer & { location?: string };
    let url = new URL(`/admin/v2${path}`, this.access.adminUrl);
    for (let hop = 0; ; hop++) {
      answer = await this.send(method, url, options.body).catch((error: unknown) => {
        throw brokerUnreachable(url.origin, error);
      });
      // The broker that owns a topic answers for it; the others send us there.
      if (answer.location === undefined || hop === 5) break;
      url = new URL(answer.location, url);
    }
    if (answer.status < 300 || options.allow?.includes(answer.status) === true) return answer;
    const what = `${method} ${url.pathname}`;
    if (answer.status >= 500) throw brokerUnreachable(`${url.origin} (${what}: ${answer.status})`, reasonOf(answer));
    throw brokerRefused(`${what}: ${answer.status} ${reasonOf(answer)}`);
  }

  private async send(method: string, url: URL, body: string | undefined): Promise<AdminAnswer & { location?: string }> {
    const { ca } = this.access;
    const headers = { ...(await this.access.headers()), 'content-type': 'application/json' };
    const options = { method, headers, timeout: TIMEOUT_MS, ...(ca === undefined ? {} : { ca }) };
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { location } = response.headers;
          resolve({
            status: response.statusCode ?? 0,
            body: parse(text),
            ...(location === undefined ? {} : { location }),
          });
        });
      });
      request.on('error', reject);
      request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)));
      request.end(body);
    });
  }
}

interface TopicStats {
  subscriptions?: Record<string, { msgBacklog?: number; consumers?: { consumerName?: string }[] }>;
}

interface InternalStats {
  numberOfEntries?: number;
  /** `ledger:entry` */
  lastConfirmedEntry?: string;
}

function topicPathOf(topic: string): string {
  return `/persistent/${topic.split('/').map(encodeURIComponent).join('/')}`;
}

function subscriptionPath(topic: string, subscription: string): string {
  return `${topicPathOf(topic)}/subscription/${encodeURIComponent(subscription)}`;
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return text;
  }
}

function reasonOf({ body }: AdminAnswer): string {
  if (typeof body === 'object' && body !== null && 'reason' in body) return String(body.reason).slice(0, 300);
  return typeof body === 'string' ? body.slice(0, 300) : '';
}
