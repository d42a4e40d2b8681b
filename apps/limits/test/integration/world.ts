import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import {
  breachChanged,
  clockAdvanced,
  limitDefined,
  notificationSent,
  portfolioDefined,
  snapshotTaken,
  type Breach,
  type Clock,
  type EventDefinition,
  type LimitDefinition,
  type LimitProposal,
  type Notification,
  type UtilizationSnapshot,
} from '@risk-budget/contracts';
import {
  createDriver,
  createUpstreamPublisher,
  ProgressCounter,
  readEvents,
  type MessagingDriver,
  type NumberedEvent,
  type NumberedPublisher,
  type ReceivedEvent,
} from '@risk-budget/messaging';
import { CLOCK, type Role, type Service } from '@risk-budget/service-kit';
import {
  startTestService,
  until,
  type TestServiceHandle,
  type TestServiceOptions,
} from '@risk-budget/service-kit/testing';
import type { BreachView, BreachWithHistory } from '../../src/breaches/breach.schemas.js';
import type { PortfolioCompliance } from '../../src/compliance/compliance.schemas.js';
import type { LimitView } from '../../src/definitions/limit.schemas.js';
import { limitsService } from '../../src/index.js';
import { snapshot } from '@risk-budget/market-data/testing';

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface RequestOptions {
  /** Who asks: subject and role; null for nobody. */
  readonly as?: Person | null;
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly portfolios?: string[];
  readonly service?: Service;
}

export interface Person {
  readonly subject: string;
  readonly roles: readonly Role[];
}

export const viewer: Person = { subject: 'vera', roles: ['viewer'] };
export const riskManager: Person = { subject: 'maria', roles: ['riskManager'] };
export const approver: Person = { subject: 'amir', roles: ['approver'] };
/** Holds both roles: the second pair of eyes is about people, not about roles. */
export const both: Person = { subject: 'bruno', roles: ['riskManager', 'approver'] };

/** The service under a replayed clock on a real database and bus, with the systems around it. */
export class World {
  private readonly publishers = new Map<string, NumberedPublisher>();
  private readonly tokens = new Map<string, string>();
  private readonly sequences = new Map<string, number>();
  private clockSequence = 0;

  private constructor(
    readonly handle: TestServiceHandle,
    readonly driver: MessagingDriver,
    private service: Service,
  ) {}

  static async start(options: TestServiceOptions = {}): Promise<World> {
    const handle = await startTestService(limitsService, {
      ...options,
      config: { CLOCK: 'replay', LOG_LEVEL: 'error', WEBHOOK_POLL_MS: 50, WEBHOOK_RETRY_MS: 20, ...options.config },
    });
    return new World(handle, createDriver(handle.messagingUrl, { poolSize: 2 }), handle.service);
  }

  async stop(): Promise<void> {
    await this.driver.close();
    await this.handle.stop();
  }

  /** Stops the instance in use and starts another one on the same database. */
  async restart(): Promise<void> {
    await this.service.stop();
    await this.startAnother();
  }

  async stopService(): Promise<void> {
    await this.service.stop();
  }

  async startAnother(config: TestServiceOptions['config'] = {}): Promise<Service> {
    this.service = await this.handle.another(config);
    await this.service.start();
    return this.service;
  }

  publisherOf(owner: string): NumberedPublisher {
    const source = owner === 'upstream' ? '/upstream/configuration' : `/risk-budget/${owner}`;
    const known = this.publishers.get(source) ?? createUpstreamPublisher({ driver: this.driver, source });
    this.publishers.set(source, known);
    return known;
  }

  async publish<Data>(definition: EventDefinition<Data>, occurredAt: string, data: Data): Promise<NumberedEvent> {
    return this.publisherOf(definition.topic.owner).publish(definition, { occurredAt, data });
  }

  /** Moves business time on; what is due until then has happened when this resolves. */
  async advance(time: string): Promise<void> {
    this.clockSequence += 1;
    await this.publish(clockAdvanced, time, { time, sequence: this.clockSequence });
    const clock = this.service.get<Clock & { position: { sequence: number } }>(CLOCK);
    await this.until(() => Promise.resolve(clock.position.sequence === this.clockSequence));
  }

  /** Waits until the service has settled everything published so far. */
  settled(): Promise<void> {
    return this.handle.settled(this.publishers);
  }

  async definePortfolio(portfolioId: string, groups: string[] = []): Promise<void> {
    await this.publish(portfolioDefined, '2020-01-01T00:00:00.000Z', {
      portfolioId,
      name: `Portfolio ${portfolioId}`,
      baseCurrency: 'USD',
      calendar: 'XNYS',
      groups,
    });
    await this.settled();
  }

  /** Publishes the next snapshot of a portfolio with a volatility; resolves when it is evaluated. */
  async snapshot(
    portfolioId: string,
    volatility: number,
    asOf: string,
    change: Parameters<typeof snapshot>[1] = {},
  ): Promise<UtilizationSnapshot> {
    const taken = this.nextSnapshot(portfolioId, volatility, asOf, change);
    await this.publish(snapshotTaken, asOf, taken);
    await this.settled();
    return taken;
  }

  publishSnapshot(taken: UtilizationSnapshot): Promise<NumberedEvent> {
    return this.publish(snapshotTaken, taken.asOf, taken);
  }

  /** The next snapshot of a portfolio, not published yet. */
  nextSnapshot(
    portfolioId: string,
    volatility: number,
    asOf: string,
    change: Parameters<typeof snapshot>[1] = {},
  ): UtilizationSnapshot {
    const sequence = (this.sequences.get(portfolioId) ?? 0) + 1;
    this.sequences.set(portfolioId, sequence);
    return snapshot(volatility, { portfolioId, sequence, asOf, ...change });
  }

  until(condition: () => Promise<boolean>): Promise<void> {
    return until(condition);
  }

  async request<Body = Record<string, unknown>>(path: string, options: RequestOptions = {}): Promise<Answer<Body>> {
    const { as = viewer, body, headers, portfolios = ['*'], service = this.service } = options;
    const method = options.method ?? (body === undefined ? 'GET' : 'POST');
    const raw = typeof body === 'string';
    const response = await fetch(`${service.url}${path}`, {
      method,
      headers: {
        ...(as === null ? {} : { authorization: await this.token(as, portfolios) }),
        ...(body === undefined ? {} : { 'content-type': raw ? 'text/csv' : 'application/json' }),
        ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : text) as Body };
  }

  /** A request that must succeed. */
  async ok<Body = Record<string, unknown>>(path: string, options: RequestOptions = {}): Promise<Body> {
    const { status, body } = await this.request<Body>(path, options);
    if (status >= 300) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Status and code of a refusal. */
  async refusal(path: string, options: RequestOptions = {}): Promise<[number, unknown]> {
    const { status, body } = await this.request<{ code?: unknown }>(path, options);
    return [status, body.code];
  }

  private async token(person: Person, portfolios: string[]): Promise<string> {
    const key = JSON.stringify([person, portfolios]);
    const known = this.tokens.get(key) ?? (await this.handle.bearer({ ...person, portfolios }));
    this.tokens.set(key, known);
    return known;
  }

  // What people do.

  propose(proposal: LimitProposal, as: Person = riskManager): Promise<LimitView> {
    return this.ok<LimitView>('/v1/limits', { as, body: proposal });
  }

  async approve(limitId: string, as: Person = approver): Promise<LimitView> {
    const etag = await this.etag(limitId);
    return this.ok<LimitView>(`/v1/limits/${limitId}/approval`, {
      as,
      method: 'POST',
      headers: { 'if-match': etag },
    });
  }

  async etag(limitId: string): Promise<string> {
    const { headers } = await this.request(`/v1/limits/${limitId}`);
    return headers.get('etag') ?? '';
  }

  async limit(proposal: Partial<LimitProposal> & Pick<LimitProposal, 'limitId' | 'portfolioId'>): Promise<LimitView> {
    await this.propose(limitOf(proposal));
    return this.approve(proposal.limitId);
  }

  async act(breachId: string, what: string, body: unknown, as: Person = riskManager): Promise<BreachWithHistory> {
    return this.ok<BreachWithHistory>(`/v1/breaches/${breachId}/${what}`, { as, body });
  }

  // What can be seen.

  async breaches(query: string): Promise<BreachView[]> {
    return (await this.ok<{ items: BreachView[] }>(`/v1/breaches?${query}`)).items;
  }

  /** The newest breach of a limit. */
  async breach(limitId: string): Promise<BreachView> {
    const [found] = await this.breaches(`limitId=${limitId}`);
    if (found === undefined) throw new Error(`no breach of ${limitId}`);
    return found;
  }

  async compliance(portfolioId: string): Promise<PortfolioCompliance> {
    return this.ok<PortfolioCompliance>(`/v1/portfolios/${portfolioId}/compliance`);
  }

  breachEvents(portfolioId: string): Promise<Breach[]> {
    return this.collect(breachChanged, (event) => event.portfolioId === portfolioId);
  }

  notifications(portfolioId: string): Promise<Notification[]> {
    return this.collect(notificationSent, (event) => event.portfolioId === portfolioId);
  }

  definitions(limitId: string): Promise<LimitDefinition[]> {
    return this.collect(limitDefined, (event) => event.limitId === limitId);
  }

  /** What the log holds of a limit at present, repetitions included. */
  async definitionEvents(limitId: string): Promise<ReceivedEvent<LimitDefinition>[]> {
    const found: ReceivedEvent<LimitDefinition>[] = [];
    for await (const event of readEvents(this.driver, limitDefined)) if (event.key === limitId) found.push(event);
    return found;
  }

  /** Events that the service has written to a topic so far. */
  private async publishedCount(topic: string): Promise<number> {
    return (await this.service.get<ProgressCounter>(ProgressCounter).read()).published[topic] ?? 0;
  }

  /** Everything that the service has published so far, once its outbox is empty. */
  private async collect<Data>(definition: EventDefinition<Data>, wanted: (data: Data) => boolean): Promise<Data[]> {
    const { topic } = definition;
    const written = await this.publishedCount(topic.name);
    let found: Data[] = [];
    await this.until(async () => {
      found = [];
      let count = 0;
      for await (const { data } of readEvents(this.driver, definition)) {
        count += 1;
        found.push(data);
      }
      return topic.kind === 'state' || count >= written;
    });
    return found.filter(wanted);
  }
}

/** An upper, soft limit of 20 % on the portfolio's volatility, and whatever a test changes. */
export function limitOf(
  change: Partial<LimitProposal> & Pick<LimitProposal, 'limitId' | 'portfolioId'>,
): LimitProposal {
  return {
    name: `Limit ${change.limitId}`,
    measure: 'volatility',
    scope: { level: 'portfolio' },
    direction: 'upper',
    bound: { kind: 'absolute', value: 0.2 },
    severity: 'soft',
    hysteresis: 0,
    effectiveFrom: '2020-01-01T00:00:00.000Z',
    ...change,
  };
}
