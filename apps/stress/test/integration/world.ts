import { randomUUID } from 'node:crypto';
import {
  barsPublished,
  benchmarkStated,
  defaultRiskPolicy,
  instrumentDefined,
  portfolioDefined,
  positionsStated,
  riskModelPublished,
  type RiskModel,
} from '@risk-budget/contracts';
import { AlignedReturnsService } from '@risk-budget/market-data';
import { Prices, tradingDays, Upstream, type Series } from '@risk-budget/market-data/testing';
import { ledoitWolf } from '@risk-budget/risk-math';
import { startTestService, until, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { stressService } from '@risk-budget/stress';

export const lastDay = '2020-03-06';
export const history = tradingDays(700, lastDay);
/** NEW comes to the market when the episodes of 2018 are over. */
export const series: Series[] = [
  { instrumentId: 'AAA', beta: 1.2, ownRisk: 0.02 },
  { instrumentId: 'BBB', beta: 0.8, ownRisk: 0.01 },
  { instrumentId: 'CCC', beta: 1, ownRisk: 0.03 },
  { instrumentId: 'NEW', beta: 1, ownRisk: 0.03, from: '2019-01-02' },
  { instrumentId: 'MKT', beta: 1, ownRisk: 0 },
];
export const prices = new Prices(series, history);
export const sectors: Record<string, string> = { AAA: 'Energy', BBB: 'Energy', CCC: 'Staples', NEW: 'Energy' };

/** Quantities of P1: long in one strategy, short in the other. */
export const quantities = [
  { strategy: 'core', instrumentId: 'AAA', quantity: '2000' },
  { strategy: 'core', instrumentId: 'BBB', quantity: '3000' },
  { strategy: 'core', instrumentId: 'NEW', quantity: '1000' },
  { strategy: 'hedge', instrumentId: 'AAA', quantity: '-500' },
  { strategy: 'hedge', instrumentId: 'CCC', quantity: '-1000' },
];
export const cash = 400_000;

export const viewer = { subject: 'vera', roles: ['viewer' as const], portfolios: ['*'] };
export const riskManager = { subject: 'rita', roles: ['riskManager' as const], portfolios: ['*'] };
export const approver = { subject: 'anna', roles: ['approver' as const], portfolios: ['*'] };
export const both = { subject: 'bob', roles: ['riskManager' as const, 'approver' as const], portfolios: ['*'] };
export const narrow = { subject: 'nora', roles: ['riskManager' as const], portfolios: ['P2'] };
export type Person = Parameters<TestServiceHandle['bearer']>[0];

export interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly body: Record<string, never> & { readonly [field: string]: unknown };
  readonly text: string;
}

/** A stress service with a market, a portfolio and its risk model. */
export class World {
  model!: RiskModel;

  private constructor(
    readonly handle: TestServiceHandle,
    readonly upstream: Upstream,
  ) {}

  static async start(portfolioId = 'P1'): Promise<World> {
    const handle = await startTestService(stressService, { config: { CLOCK: 'replay' } });
    const world = new World(handle, new Upstream(handle, 'stress'));
    try {
      await world.fill(portfolioId);
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.upstream.close();
    await this.handle.stop();
  }

  async call(
    method: string,
    path: string,
    options: { as?: Person; body?: unknown; key?: string; ifMatch?: string; accept?: string } = {},
  ): Promise<Answer> {
    const { as = riskManager, body, key, ifMatch, accept } = options;
    const response = await fetch(`${this.handle.service.url}${path}`, {
      method,
      headers: {
        authorization: await this.handle.bearer(as),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        ...(accept === undefined ? {} : { accept }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      etag: response.headers.get('etag'),
      body: (isJson ? JSON.parse(text) : {}) as Answer['body'],
      text,
    };
  }

  /** Asks for a run. @returns its id and its job's */
  async submit(request: object, as: Person = riskManager): Promise<{ runId: string; jobId: string }> {
    const { status, body, text } = await this.call('POST', '/v1/runs', { as, body: request, key: randomUUID() });
    if (status !== 202) throw new Error(`${status}: ${text}`);
    const { runId, job } = body as unknown as { runId: string; job: { id: string } };
    return { runId, jobId: job.id };
  }

  /** The state of a run's job. */
  async job(runId: string): Promise<{ state: string; progress: number; error: { code: string } | null }> {
    const { body } = await this.call('GET', `/v1/runs/${runId}`);
    return (body as unknown as { job: { state: string; progress: number; error: { code: string } | null } }).job;
  }

  /** A run that has ended, as REST shows it. */
  async ended<View = Record<string, unknown>>(
    runId: string,
  ): Promise<View & { job: { state: string; error: unknown } }> {
    await until(async () => !['queued', 'running'].includes((await this.job(runId)).state), 20_000);
    return (await this.call('GET', `/v1/runs/${runId}`)).body as never;
  }

  private async fill(portfolioId: string): Promise<void> {
    const { upstream } = this;
    const at = `${lastDay}T12:00:00.000Z`;
    const close = `${lastDay}T21:00:00.000Z`;
    await upstream.publish(
      instrumentDefined,
      at,
      ...series.map(({ instrumentId }) => ({
        instrumentId,
        name: instrumentId,
        assetClass: instrumentId === 'MKT' ? ('index' as const) : ('equity' as const),
        currency: 'USD',
        staleAfterDays: 3,
        contractMultiplier: '1',
        ...(sectors[instrumentId] === undefined ? {} : { sector: sectors[instrumentId] }),
      })),
    );
    await upstream.publish(benchmarkStated, at, { kind: 'series', benchmarkId: 'MKT', instrumentId: 'MKT' });
    await upstream.advance(at);
    await upstream.publish(
      barsPublished,
      at,
      ...history.map((day) => ({ feed: 'close', interval: 'P1D' as const, bars: prices.bars(day) })),
    );
    await upstream.publish(
      portfolioDefined,
      at,
      ...[portfolioId, 'P2'].map((id) => ({
        portfolioId: id,
        name: id,
        baseCurrency: 'USD',
        benchmarkId: 'MKT',
        calendar: 'XNYS',
        groups: [],
      })),
    );
    await upstream.settled();
    await upstream.publish(positionsStated, close, {
      portfolioId,
      asOf: close,
      sequence: 1,
      positions: quantities,
      cash: [{ currency: 'USD', amount: `${cash}` }],
    });
    await upstream.advance(close);
    await this.publishModel(portfolioId, `${lastDay}T21:15:00.000Z`);
    await upstream.advance(`${lastDay}T21:15:00.000Z`);
  }

  /** What forecasting would publish by the default policy. */
  private async publishModel(portfolioId: string, knownAt: string): Promise<void> {
    const policy = defaultRiskPolicy;
    const aligned = await this.handle.service.get(AlignedReturnsService).load({
      instrumentIds: series.map((one) => one.instrumentId),
      baseCurrency: 'USD',
      end: knownAt,
      knownAt,
      days: policy.model.windowDays,
      minimumHistory: policy.minimumHistoryDays,
    });
    const { covariance, shrinkage } = ledoitWolf(aligned.returns, 'constantCorrelation');
    this.model = {
      modelId: randomUUID(),
      portfolioId,
      policy,
      form: 'covariance',
      asOf: aligned.lastBarTime,
      knownAt,
      windowStart: aligned.startDate,
      windowEnd: aligned.dates.at(-1) ?? '',
      observations: aligned.dates.length,
      shrinkage,
      conditionNumber: 1,
      repairs: [],
      holes: [],
      codeVersion: 'test',
      rows: aligned.instrumentIds.map((instrumentId, i) => ({
        instrumentId,
        covariances: [...covariance.values.subarray(i * covariance.size, i * covariance.size + i + 1)],
        observations: aligned.observations[i] ?? 0,
      })),
    };
    await this.upstream.publish(riskModelPublished, knownAt, this.model);
  }
}

const known = new Map<string, Map<string, number>>();

/** Closes of an instrument by day. */
export function closes(instrumentId: string): Map<string, number> {
  const found = known.get(instrumentId);
  if (found !== undefined) return found;
  const own = new Map(
    history.flatMap((day) =>
      prices
        .bars(day)
        .filter((bar) => bar.instrumentId === instrumentId)
        .map((bar) => [day, Number(bar.close)] as const),
    ),
  );
  known.set(instrumentId, own);
  return own;
}

/** Net asset value of P1 at the last close. */
export function navOf(): number {
  return quantities.reduce(
    (sum, { instrumentId, quantity }) => sum + Number(quantity) * (closes(instrumentId).get(lastDay) ?? 0),
    cash,
  );
}

export function weightOf({ instrumentId, quantity }: (typeof quantities)[number]): number {
  return (Number(quantity) * (closes(instrumentId).get(lastDay) ?? 0)) / navOf();
}
