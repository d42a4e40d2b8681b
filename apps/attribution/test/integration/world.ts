import 'reflect-metadata';
import {
  barsPublished,
  breachChanged,
  budgetPlanChanged,
  clockAdvanced,
  instrumentDefined,
  portfolioDefined,
  positionsStated,
  riskModelPublished,
  snapshotTaken,
  type Breach,
  type BudgetPlan,
  type EventDefinition,
  type PositionsSnapshot,
  type RiskModel,
  type UtilizationSnapshot,
} from '@risk-budget/contracts';
import {
  createDriver,
  createUpstreamPublisher,
  readEvents,
  type MessagingDriver,
  type NumberedEvent,
  type NumberedPublisher,
} from '@risk-budget/messaging';
import { createPersistence } from '@risk-budget/persistence';
import type { Role, Service } from '@risk-budget/service-kit';
import {
  startTestService,
  until,
  type TestServiceHandle,
  type TestServiceOptions,
} from '@risk-budget/service-kit/testing';
import { attributionService } from '../../src/index.js';
import { instruments, prices, type Name } from '../fixtures/desk.js';

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** The service on a real database and bus, with the systems around it. */
export class World {
  private readonly publishers = new Map<string, NumberedPublisher>();
  private readonly tokens = new Map<string, string>();
  private clockSequence = 0;

  private constructor(
    readonly handle: TestServiceHandle,
    readonly driver: MessagingDriver,
  ) {}

  static async start(options: TestServiceOptions = {}): Promise<World> {
    const handle = await startTestService(attributionService, options);
    return new World(handle, createDriver(handle.messagingUrl, { poolSize: 2 }));
  }

  async stop(): Promise<void> {
    await this.driver.close();
    await this.handle.stop();
  }

  /** Publishes as one of the systems around the service. */
  async publish<Data>(definition: EventDefinition<Data>, occurredAt: string, data: Data): Promise<NumberedEvent> {
    const { owner } = definition.topic;
    const source = owner === 'upstream' ? '/upstream/test' : `/risk-budget/${owner}`;
    const publisher = this.publishers.get(source) ?? createUpstreamPublisher({ driver: this.driver, source });
    this.publishers.set(source, publisher);
    return publisher.publish(definition, { occurredAt, data });
  }

  async definePortfolio(portfolioId: string, occurredAt: string): Promise<void> {
    await this.publish(portfolioDefined, occurredAt, {
      portfolioId,
      name: `Portfolio ${portfolioId}`,
      baseCurrency: 'USD',
      calendar: 'XNYS',
      groups: [],
    });
  }

  async defineInstruments(occurredAt: string): Promise<void> {
    for (const instrument of instruments) await this.publish(instrumentDefined, occurredAt, instrument);
  }

  bars(
    time: string,
    closes: Partial<Readonly<Record<Name, number>>> = prices,
    occurredAt = time,
  ): Promise<NumberedEvent> {
    return this.publish(barsPublished, occurredAt, {
      feed: 'daily',
      interval: 'P1D',
      bars: Object.entries(closes).map(([instrumentId, close]) => ({
        ...{ instrumentId, time, close: String(close), adjustmentFactor: '1' },
      })),
    });
  }

  positions(statement: PositionsSnapshot): Promise<NumberedEvent> {
    return this.publish(positionsStated, statement.asOf, statement);
  }

  model(model: RiskModel): Promise<NumberedEvent> {
    return this.publish(riskModelPublished, model.asOf, model);
  }

  plan(plan: BudgetPlan, occurredAt: string): Promise<NumberedEvent> {
    return this.publish(budgetPlanChanged, occurredAt, plan);
  }

  breach(breach: Breach): Promise<NumberedEvent> {
    return this.publish(breachChanged, breach.at, breach);
  }

  /** Moves the business clock. */
  async advance(time: string): Promise<void> {
    this.clockSequence += 1;
    await this.publish(clockAdvanced, time, { time, sequence: this.clockSequence });
  }

  snapshot(snapshot: UtilizationSnapshot): Promise<NumberedEvent> {
    return this.publish(snapshotTaken, snapshot.asOf, snapshot);
  }

  /** Topics have no order among each other: waits until a snapshot can be told apart. */
  async untilRebuilt({ portfolioId, snapshotId }: UtilizationSnapshot): Promise<void> {
    const path = `/v1/portfolios/${portfolioId}/risk?snapshotId=${snapshotId}`;
    await this.until(async () => (await this.request(path)).status === 200);
  }

  until(condition: () => Promise<boolean>): Promise<void> {
    return until(condition);
  }

  /** A request as somebody; a viewer of everything by default, nobody for null. */
  async request<Body = Record<string, unknown>>(
    path: string,
    options: {
      role?: Role | null;
      portfolios?: string[];
      headers?: Record<string, string>;
      service?: Service;
    } = {},
  ): Promise<Answer<Body>> {
    const { role = 'viewer', portfolios = ['*'], headers, service } = options;
    const response = await fetch(`${(service ?? this.handle.service).url}${path}`, {
      headers: { ...(role === null ? {} : { authorization: await this.token(role, portfolios) }), ...headers },
    });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : text) as Body };
  }

  async token(role: Role, portfolios: string[] = ['*']): Promise<string> {
    const key = `${role} ${portfolios.join(' ')}`;
    const known = this.tokens.get(key) ?? (await this.handle.bearer({ subject: role, roles: [role], portfolios }));
    this.tokens.set(key, known);
    return known;
  }

  /** What the service has published of a portfolio. */
  async published<Data extends { readonly portfolioId: string }>(
    definition: EventDefinition<Data>,
    portfolioId: string,
  ): Promise<Data[]> {
    await this.handle.published();
    const found: Data[] = [];
    for await (const { data } of readEvents(this.driver, definition))
      if (data.portfolioId === portfolioId) found.push(data);
    return found;
  }

  /** How often a breach's explanation has been tried. */
  async attemptsAt(breachId: string): Promise<number> {
    const sql = 'SELECT attempts FROM explanation_task WHERE breach_id = $1';
    const [row] = await this.query<{ attempts: number }>(sql, [breachId]);
    return row?.attempts ?? 0;
  }

  async timersFired(): Promise<number> {
    const [row] = await this.query<{ fired: number }>(
      "SELECT count(*)::int AS fired FROM timer WHERE state = 'fired' AND kind = 'attribution.daily'",
    );
    return row?.fired ?? 0;
  }

  /** As the service's run-time role. */
  private async query<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const { appUrl: url } = this.handle.database.service('attribution');
    const persistence = await createPersistence({ url, schema: 'attribution', poolSize: 1, timescale: 'off' });
    try {
      return await persistence.query<Row>(sql, values);
    } finally {
      await persistence.close();
    }
  }
}
