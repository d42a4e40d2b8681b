import {
  barsPublished,
  benchmarkStated,
  forecastMade,
  forecastScored,
  instrumentDefined,
  portfolioDefined,
  positionsStated,
  type ForecastMade,
  type ForecastScored,
} from '@risk-budget/contracts';
import { AlignedReturnsService } from '@risk-budget/market-data';
import { Prices, tradingDays, Upstream, type Series } from '@risk-budget/market-data/testing';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { forecastingService } from '@risk-budget/forecasting';

export const firstDay = '2020-03-06';
const history = tradingDays(420, firstDay);
export const later = tradingDays(24, '2020-04-09');
const series: Series[] = [
  { instrumentId: 'AAA', beta: 1.2, ownRisk: 0.02 },
  { instrumentId: 'BBB', beta: 0.8, ownRisk: 0.01 },
  { instrumentId: 'NEW', beta: 1, ownRisk: 0.03, from: '2020-02-20' },
  { instrumentId: 'MKT', beta: 1, ownRisk: 0 },
];
export const prices = new Prices(series, [...history, ...later]);

interface Answer {
  status: number;
  body: Record<string, unknown> & { items?: Record<string, unknown>[] };
}
export interface Volatility {
  method: string;
  horizonDays: number;
  variance: number;
}

/** The service on a market of four series, after its first daily run, and what the tests ask of it. */
export interface World {
  readonly handle: TestServiceHandle;
  readonly upstream: Upstream;
  /** Of P1 only. */
  readonly viewer: string;
  call(path: string, as?: string, init?: RequestInit): Promise<Answer>;
  /** Returns of a subject up to a moment, from the library's own store. */
  returnsOf(weights: Record<string, number>, end: string): Promise<Float64Array>;
  /** Bars of a day, and its daily run. */
  close(day: string): Promise<void>;
  /** Gross over NAV of the portfolio at a close. */
  grossOn(day: string): number;
  made(): Promise<ForecastMade[]>;
  scored(): Promise<(ForecastScored['scored'][number] & Pick<ForecastScored, 'kind'>)[]>;
  variance(volatilities: readonly Volatility[], method: string, horizonDays: number): number;
  stop(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const handle = await startTestService(forecastingService, { config: { CLOCK: 'replay' } });
  const upstream = new Upstream(handle, 'forecasting');
  const viewer = await handle.bearer({ subject: 'vera', roles: ['viewer'], portfolios: ['P1'] });
  const at = '2020-03-06T12:00:00.000Z';
  await upstream.publish(
    instrumentDefined,
    at,
    ...series.map(({ instrumentId }) => ({
      instrumentId,
      name: instrumentId,
      assetClass: instrumentId === 'MKT' ? ('index' as const) : ('equity' as const),
      currency: 'USD',
      sector: 'Energy',
      staleAfterDays: 3,
      contractMultiplier: '1',
    })),
  );
  await upstream.publish(benchmarkStated, at, { kind: 'series', benchmarkId: 'BENCH', instrumentId: 'MKT' });
  await upstream.publish(
    portfolioDefined,
    at,
    ...['P1', 'P2'].map((portfolioId) => ({
      portfolioId,
      name: portfolioId,
      baseCurrency: 'USD',
      benchmarkId: 'BENCH',
      calendar: 'XNYS',
      groups: [],
    })),
  );
  await upstream.history(prices, history);
  await upstream.publish(positionsStated, '2020-03-06T20:00:00.000Z', {
    portfolioId: 'P1',
    asOf: '2020-03-06T20:00:00.000Z',
    sequence: 1,
    positions: [
      { instrumentId: 'AAA', strategy: 's', quantity: '100' },
      { instrumentId: 'BBB', strategy: 's', quantity: '-50' },
      { instrumentId: 'NEW', strategy: 's', quantity: '10' },
    ],
    cash: [{ currency: 'USD', amount: '5000' }],
  });
  await upstream.advance('2020-03-06T21:00:00.000Z');
  await upstream.advance('2020-03-06T21:30:00.000Z');

  async function call(path: string, as = viewer, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${handle.service.url}${path}`, {
      ...init,
      headers: { authorization: as, 'content-type': 'application/json', ...(init.headers as Record<string, string>) },
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  async function returnsOf(weights: Record<string, number>, end: string): Promise<Float64Array> {
    const { values, instrumentIds, dates } = await handle.service.get(AlignedReturnsService).load({
      instrumentIds: ['AAA', 'BBB', 'MKT', 'NEW'],
      baseCurrency: 'USD',
      end,
      knownAt: end,
      days: 1000,
      minimumHistory: 250,
    });
    return Float64Array.from(dates, (_, t) =>
      instrumentIds.reduce(
        (total, id, i) => total + (weights[id] ?? 0) * (values[t * instrumentIds.length + i] ?? 0),
        0,
      ),
    );
  }

  const close = async (day: string): Promise<void> => {
    await upstream.publish(barsPublished, `${day}T21:00:00.000Z`, {
      feed: 'close',
      interval: 'P1D',
      bars: prices.bars(day),
    });
    await upstream.settled();
    await upstream.advance(`${day}T21:30:00.000Z`);
  };
  const grossOn = (day: string): number => {
    const closes = new Map(prices.bars(day).map((bar) => [bar.instrumentId, Number(bar.close)]));
    const [a, b, n] = [100 * (closes.get('AAA') ?? 0), 50 * (closes.get('BBB') ?? 0), 10 * (closes.get('NEW') ?? 0)];
    return (a + b + n) / (5000 + a - b + n);
  };
  const made = async () => (await upstream.events(forecastMade)).map((event) => event.data);
  const scored = async () =>
    (await upstream.events(forecastScored)).flatMap(({ data }) =>
      data.scored.map((one) => ({ ...one, kind: data.kind })),
    );
  const variance = (volatilities: readonly Volatility[], method: string, horizonDays: number): number =>
    volatilities.find((one) => one.method === method && one.horizonDays === horizonDays)?.variance ?? NaN;

  return {
    ...{ handle, upstream, viewer, call, returnsOf, close, grossOn, made, scored, variance },
    stop: async () => {
      await upstream.close();
      await handle.stop();
    },
  };
}
