import { randomUUID } from 'node:crypto';
import {
  barsPublished,
  benchmarkStated,
  corporateActionAnnounced,
  fxRatePublished,
  instrumentDefined,
  portfolioDefined,
  positionsChanged,
  positionsStated,
  tickPublished,
} from '@risk-budget/contracts';
import { createDriver, createUpstreamPublisher, type NumberedPublisher } from '@risk-budget/messaging';
import type { MessagingDriver } from '@risk-budget/messaging';
import { startTestService, until, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { close, getOf, instrument, portfolio } from '../support/market-data.js';
import { Ear, marketService } from '../support/market-service.js';

describe('a service that keeps market data', () => {
  let handle: TestServiceHandle;
  let driver: MessagingDriver;
  let upstream: NumberedPublisher;
  let ear: Ear;
  let operator: string;
  let stranger: string;

  beforeAll(async () => {
    handle = await startTestService(marketService, { config: { LOG_LEVEL: 'fatal' } });
    driver = createDriver(handle.messagingUrl);
    upstream = createUpstreamPublisher({ driver, source: '/upstream/test' });
    ear = handle.service.get(Ear);
    operator = await handle.bearer({ subject: 'olga', roles: ['operator'], portfolios: ['*'] });
    stranger = await handle.bearer({ subject: 'sam', roles: ['viewer'], portfolios: ['OTHER'] });
  });

  afterAll(async () => {
    await driver?.close();
    await handle?.stop();
  });

  const get = <T = Record<string, unknown>>(path: string, token = operator) => getOf<T>(handle, path, token);
  const heard = (eventId: string): Promise<void> => until(() => ear.heard.some((change) => change.eventId === eventId));

  it('stores what comes on its topics and tells its listener of each, in the same transaction', async () => {
    const occurredAt = close('2020-01-02');
    const events = [
      await upstream.publish(portfolioDefined, {
        occurredAt,
        data: portfolio('P1', { name: 'One', groups: ['desk'], benchmarkId: 'B' }),
      }),
      await upstream.publish(instrumentDefined, { occurredAt, data: instrument('A') }),
      await upstream.publish(benchmarkStated, {
        occurredAt,
        data: { kind: 'series', benchmarkId: 'B', instrumentId: 'A' },
      }),
      await upstream.publish(fxRatePublished, { occurredAt, data: { pair: 'EURUSD', time: occurredAt, rate: '1.1' } }),
      await upstream.publish(corporateActionAnnounced, {
        occurredAt,
        data: { kind: 'split', instrumentId: 'A', exDate: '2020-01-06', ratio: '2', positions: 'before' },
      }),
      await upstream.publish(barsPublished, {
        occurredAt,
        data: {
          feed: 'daily',
          interval: 'P1D',
          bars: [{ instrumentId: 'A', time: occurredAt, close: '100', adjustmentFactor: '1' }],
        },
      }),
      await upstream.publish(tickPublished, {
        occurredAt: '2020-01-03T15:00:00.000Z',
        data: { instrumentId: 'A', time: '2020-01-03T15:00:00.000Z', price: '101' },
      }),
    ];
    for (const event of events) await heard(event.id);
    const stated = await upstream.publish(positionsStated, {
      occurredAt,
      data: {
        ...{ portfolioId: 'P1', asOf: occurredAt, sequence: 1 },
        positions: [{ instrumentId: 'A', strategy: 'growth', quantity: '10' }],
        cash: [{ currency: 'USD', amount: '500' }],
      },
    });
    await heard(stated.id);
    expect(ear.seen).toEqual([1]);
    expect(ear.heard.map((change) => change.kind).sort()).toEqual(
      ['portfolio', 'instrument', 'benchmark', 'rate', 'corporateAction', 'price', 'tick', 'position'].sort(),
    );
    expect(ear.heard.find((change) => change.kind === 'price')).toMatchObject({ instrumentIds: ['A'], latest: true });
  });

  it('is silent about what it knows already', async () => {
    const before = ear.heard.length;
    await upstream.publish(instrumentDefined, { occurredAt: close('2020-01-03'), data: instrument('A') });
    const last = await upstream.publish(instrumentDefined, { occurredAt: close('2020-01-03'), data: instrument('B') });
    await heard(last.id);
    expect(ear.heard.slice(before).map((change) => change.eventId)).toEqual([last.id]);
  });

  it('answers as of a moment, as known at another', async () => {
    const at = `asOf=${close('2020-01-03')}&knownAt=${close('2020-01-03')}`;
    expect((await get(`marks?instrumentId=A&instrumentId=NONE&${at}`)).body).toMatchObject({
      items: [{ instrumentId: 'A', price: 101, source: 'tick' }],
      missing: ['NONE'],
    });
    const hours = 'tick-hours?instrumentId=A&from=2020-01-03T15:00:00.000Z';
    expect((await get(`${hours}&to=2020-01-03T15:00:00.000Z`)).body).toMatchObject({
      items: [{ time: '2020-01-03T15:00:00.000Z', open: '101', high: '101', low: '101', close: '101', ticks: 1 }],
    });
    const corrected = await upstream.publish(barsPublished, {
      occurredAt: close('2020-01-07'),
      data: {
        feed: 'daily',
        interval: 'P1D',
        bars: [{ instrumentId: 'A', time: close('2020-01-02'), close: '99', adjustmentFactor: '1' }],
      },
    });
    await heard(corrected.id);
    const bars = async (knownAt: string) =>
      (await get<{ items: { close: string }[] }>(`bars?instrumentId=A&knownAt=${knownAt}`)).body.items.map(
        (bar) => bar.close,
      );
    expect(await bars(close('2020-01-06'))).toEqual(['100']);
    expect(await bars(close('2020-01-07'))).toEqual(['99']);
    expect((await get(`portfolios/P1/holdings?${at}`)).body).toMatchObject({
      positions: [{ quantity: '10' }],
      gaps: [],
    });
    expect((await get(`portfolios/P1/holdings?asOf=${close('2020-01-06')}`)).body).toMatchObject({
      positions: [{ quantity: '20' }],
    });
    expect((await get('corporate-actions?instrumentId=A')).body).toMatchObject({ items: [{ kind: 'split' }] });
    expect((await get('fx-rates?pair=EURUSD')).body).toMatchObject({ items: [{ pair: 'EURUSD', rate: 1.1 }] });
    expect((await get('benchmarks/B')).body).toEqual({ kind: 'series', benchmarkId: 'B', instrumentId: 'A' });
    expect((await get('instruments?limit=1')).body).toMatchObject({ items: [{ instrumentId: 'A' }] });
    expect((await get('coverage')).body).toMatchObject({
      bars: [{ instrumentId: 'A', firstDate: '2020-01-02', bars: 1, corrections: 1 }],
      fxRates: [{ pair: 'EURUSD', rates: 1 }],
      instruments: 2,
    });
  });

  it('hides foreign portfolios, and says of nothing unknown more than that', async () => {
    expect((await get('portfolios/P1', stranger)).status).toBe(404);
    expect((await get('portfolios/P1/holdings', stranger)).status).toBe(404);
    expect((await get('portfolios', stranger)).body).toEqual({ items: [], nextCursor: null });
    expect((await get('instruments/NONE')).body).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect((await get('benchmarks/NONE')).body).toMatchObject({ code: 'MARKET_DATA.UNKNOWN_BENCHMARK' });
    expect((await get('marks')).body).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    const member = await handle.bearer({ subject: 'max', roles: ['viewer'], portfolios: ['group:desk'] });
    expect((await get('portfolios/P1', member)).status).toBe(200);
  });

  it('parks positions of an unknown portfolio, and applies them when they are replayed after it has come', async () => {
    const occurredAt = close('2020-01-08');
    const changes = (sequence: number) => ({
      ...{ portfolioId: 'LATE', asOf: occurredAt, sequence, cashChanges: [] },
      changes: [{ instrumentId: 'A', strategy: 'growth', quantityChange: '1' }],
    });
    await upstream.publish(positionsStated, {
      occurredAt,
      data: { portfolioId: 'LATE', asOf: occurredAt, sequence: 1, positions: [], cash: [] },
    });
    await upstream.publish(positionsChanged, { occurredAt, data: changes(2) });
    const parked = async () => {
      const response = await fetch(`${handle.service.url}/v1/messaging/parked-keys`, {
        headers: { authorization: operator },
      });
      return ((await response.json()) as { items: { id: string; topic: string; key: string }[] }).items;
    };
    await until(async () => (await parked()).length === 2);
    const defined = await upstream.publish(portfolioDefined, {
      occurredAt,
      data: portfolio('LATE'),
    });
    await heard(defined.id);
    for (const { id, topic } of await parked()) {
      const response = await fetch(`${handle.service.url}/v1/messaging/parked-keys/${id}/replay`, {
        method: 'POST',
        headers: { authorization: operator, 'idempotency-key': randomUUID() },
      });
      expect([topic, response.status]).toEqual([topic, 200]);
    }
    expect(await parked()).toEqual([]);
    expect((await get(`portfolios/LATE/holdings?asOf=${occurredAt}`)).body).toMatchObject({
      sequence: 2,
      positions: [{ quantity: '1' }],
    });
  });

  it('parks a portfolio whose business calendar it does not know', async () => {
    await upstream.publish(portfolioDefined, {
      occurredAt: close('2020-01-09'),
      data: portfolio('TOKYO', { baseCurrency: 'JPY', calendar: 'XTKS' }),
    });
    await until(async () => {
      const response = await fetch(`${handle.service.url}/v1/messaging/parked-keys`, {
        headers: { authorization: operator },
      });
      const { items } = (await response.json()) as { items: { key: string }[] };
      return items.some(({ key }) => key === 'TOKYO');
    });
    expect((await get('portfolios/TOKYO')).status).toBe(404);
  });
});
