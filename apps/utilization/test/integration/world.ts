import 'reflect-metadata';
import { setTimeout as wait } from 'node:timers/promises';
import {
  alertRaised,
  barsPublished,
  budgetPlanChanged,
  instrumentDefined,
  portfolioDefined,
  positionsStated,
  riskModelPublished,
  snapshotTaken,
  type BudgetPlan,
  type EventDefinition,
  type PositionsSnapshot,
  type RiskModel,
  type UtilizationAlert,
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
import type { Role, Service } from '@risk-budget/service-kit';
import {
  startTestService,
  until,
  type TestServiceHandle,
  type TestServiceOptions,
} from '@risk-budget/service-kit/testing';
import { utilizationService } from '../../src/index.js';
import type { UtilizationTree } from '../../src/tree/tree.schemas.js';
import { instruments, prices, type Name } from './fixtures.js';

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** The service on a real database and bus, with the systems around it. */
export class World {
  private readonly publishers = new Map<string, NumberedPublisher>();
  private readonly tokens = new Map<string, string>();

  private constructor(
    readonly handle: TestServiceHandle,
    readonly driver: MessagingDriver,
    /** The instance that is asked. */
    private service: Service,
  ) {}

  static async start(options: TestServiceOptions = {}): Promise<World> {
    const handle = await startTestService(utilizationService, options);
    return new World(handle, createDriver(handle.messagingUrl, { poolSize: 2 }), handle.service);
  }

  async stop(): Promise<void> {
    await this.driver.close();
    await this.handle.stop();
  }

  async stopService(): Promise<void> {
    await this.service.stop();
  }

  /** Starts another instance, which is asked from now on. */
  async startAnother(config: TestServiceOptions['config']): Promise<void> {
    this.service = await this.handle.another(config);
    await this.service.start();
  }

  /** Publishes as one of the systems around the service. */
  async publish<Data>(definition: EventDefinition<Data>, occurredAt: string, data: Data): Promise<NumberedEvent> {
    return this.publisherOf(definition.topic.owner).publish(definition, { occurredAt, data });
  }

  publisherOf(owner: string): NumberedPublisher {
    const source = owner === 'upstream' ? '/upstream/test' : `/risk-budget/${owner}`;
    const known = this.publishers.get(source) ?? createUpstreamPublisher({ driver: this.driver, source });
    this.publishers.set(source, known);
    return known;
  }

  async definePortfolio(portfolioId: string, occurredAt: string, groups: string[] = []): Promise<void> {
    await this.publish(portfolioDefined, occurredAt, {
      portfolioId,
      name: `Portfolio ${portfolioId}`,
      baseCurrency: 'USD',
      calendar: 'XNYS',
      groups,
    });
  }

  async defineInstruments(occurredAt: string): Promise<void> {
    for (const instrument of instruments) await this.publish(instrumentDefined, occurredAt, instrument);
  }

  /** Bars at a moment; names without a price have none. */
  bars(
    time: string,
    closes: Partial<Readonly<Record<Name, number>>> = prices,
    occurredAt = time,
  ): Promise<NumberedEvent> {
    return this.publish(barsPublished, occurredAt, {
      feed: 'daily',
      interval: 'P1D',
      bars: Object.entries(closes).map(([instrumentId, close]) => ({
        instrumentId,
        time,
        close: String(close),
        adjustmentFactor: '1',
      })),
    });
  }

  positions(statement: PositionsSnapshot, occurredAt = statement.asOf): Promise<NumberedEvent> {
    return this.publish(positionsStated, occurredAt, statement);
  }

  /** Topics have no order among each other: waits until the service computes with the model. */
  async model(model: RiskModel, occurredAt = model.asOf): Promise<void> {
    await this.publish(riskModelPublished, occurredAt, model);
    await this.untilLineage(model.portfolioId, ({ modelId }) => modelId === model.modelId);
  }

  /** Waits until the service holds an active plan's budgets. */
  async plan(plan: BudgetPlan, occurredAt: string): Promise<void> {
    await this.publish(budgetPlanChanged, occurredAt, plan);
    if (plan.status !== 'active') return;
    const { portfolioId, planId, version } = plan;
    await this.untilLineage(portfolioId, (found) => found.planId === planId && found.planVersion === version);
  }

  /** A portfolio with positions and prices, seen by the service; there is no model yet. */
  async hold(portfolioId: string, statement: PositionsSnapshot): Promise<void> {
    const at = statement.asOf;
    await this.definePortfolio(portfolioId, at);
    await this.defineInstruments(at);
    await this.bars(at);
    await this.positions(statement);
    await this.until(async () => {
      const path = `/v1/portfolios/${portfolioId}/alerts?kind=incomplete`;
      const { body } = await this.request<{ items?: unknown[] }>(path);
      return (body.items?.length ?? 0) > 0;
    });
  }

  /** Waits until the service has settled everything published so far. */
  settled(): Promise<void> {
    return this.handle.settled(this.publishers);
  }

  async snapshots(portfolioId: string): Promise<UtilizationSnapshot[]> {
    return this.collect(snapshotTaken, portfolioId);
  }

  async alerts(portfolioId: string): Promise<UtilizationAlert[]> {
    return this.collect(alertRaised, portfolioId);
  }

  /** What the service has published of a portfolio; what a relay that was killed has published twice, under the same id, once as every inbox takes it. */
  private async collect<Data extends { readonly portfolioId: string }>(
    definition: EventDefinition<Data>,
    portfolioId: string,
  ): Promise<Data[]> {
    await this.handle.published();
    const found = new Map<string, Data>();
    for await (const { id, data } of readEvents(this.driver, definition))
      if (data.portfolioId === portfolioId && !found.has(id)) found.set(id, data);
    return [...found.values()];
  }

  /** The published snapshots of a portfolio, once there are as many as said, and no more after a moment. */
  async snapshotCount(portfolioId: string, count: number): Promise<UtilizationSnapshot[]> {
    await this.until(async () => ((await this.latest(portfolioId))?.sequence ?? 0) >= count);
    await wait(150);
    await this.until(async () => (await this.snapshots(portfolioId)).length >= count);
    const found = await this.snapshots(portfolioId);
    if (found.length !== count) throw new Error(`${found.length} snapshots instead of ${count}`);
    return found;
  }

  /** The latest snapshot that is stored, without its nodes. */
  async latest(portfolioId: string): Promise<Omit<UtilizationSnapshot, 'nodes' | 'marks'> | undefined> {
    type Page = { items?: Omit<UtilizationSnapshot, 'nodes' | 'marks'>[] };
    const { body } = await this.request<Page>(`/v1/portfolios/${portfolioId}/snapshots?limit=1`);
    return body.items?.[0];
  }

  private untilLineage(portfolioId: string, test: (lineage: UtilizationSnapshot['lineage']) => boolean): Promise<void> {
    return this.until(async () => {
      const latest = await this.latest(portfolioId);
      return latest !== undefined && test(latest.lineage);
    });
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
      method?: string;
      body?: unknown;
      headers?: Record<string, string>;
      service?: Service;
    } = {},
  ): Promise<Answer<Body>> {
    const { role = 'viewer', portfolios = ['*'], method = 'GET', body, headers, service } = options;
    const response = await fetch(`${(service ?? this.service).url}${path}`, {
      method,
      headers: {
        ...(role === null ? {} : { authorization: await this.token(role, portfolios) }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
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

  async tree(portfolioId: string, query = ''): Promise<UtilizationTree> {
    const { status, body } = await this.request<UtilizationTree>(`/v1/portfolios/${portfolioId}/utilization${query}`);
    if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
    return body;
  }
}

/** One node under one measure of a snapshot or tree. */
export function figuresOf(
  { nodes }: Pick<UtilizationSnapshot, 'nodes'>,
  nodeId: string,
  measure = 'volatility',
): UtilizationSnapshot['nodes'][number]['measures'][number] {
  const found = nodes.find((node) => node.nodeId === nodeId)?.measures.find((item) => item.measure === measure);
  if (found === undefined) throw new Error(`no ${measure} of ${nodeId}`);
  return found;
}
