import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
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
import { BulkLoader } from '@risk-budget/market-data';
import { Persistence } from '@risk-budget/persistence';
import { startTestService, until, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { Ear, marketService } from '../support/market-service.js';

const close = (date: string): string => `${date}T21:00:00.000Z`;

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

  async function get<T = Record<string, unknown>>(
    path: string,
    token = operator,
  ): Promise<{ status: number; body: T }> {
    const response = await fetch(`${handle.service.url}/v1/market-data/${path}`, { headers: { authorization: token } });
    return { status: response.status, body: (await response.json()) as T };
  }

  const heard = (eventId: string): Promise<void> => until(() => ear.heard.some((change) => change.eventId === eventId));

  const instrument = (instrumentId: string, currency = 'USD') => ({
    ...{ instrumentId, name: instrumentId, assetClass: 'equity' as const, currency },
    ...{ sector: 'Energy', staleAfterDays: 3, contractMultiplier: '1' },
  });

  it('stores what comes on its topics and tells its listener of each, in the same transaction', async () => {
    const occurredAt = close('2020-01-02');
    const events = [
      await upstream.publish(portfolioDefined, {
        occurredAt,
        data: {
          portfolioId: 'P1',
          name: 'One',
          baseCurrency: 'USD',
          calendar: 'XNYS',
          groups: ['desk'],
          benchmarkId: 'B',
        },
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
      data: { portfolioId: 'LATE', name: 'Late', baseCurrency: 'USD', calendar: 'XNYS', groups: [] },
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
      data: { portfolioId: 'TOKYO', name: 'Tokyo', baseCurrency: 'JPY', calendar: 'XTKS', groups: [] },
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

  describe('bulk loads', () => {
    const announce = async (body: object, token = operator): Promise<Response> =>
      fetch(`${handle.service.url}/v1/market-data/loads`, {
        method: 'POST',
        headers: { authorization: token, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
        body: JSON.stringify(body),
      });
    const send = async (
      loadId: string,
      type: string,
      body: string | ArrayBuffer,
    ): Promise<{ status: number; jobId: string }> => {
      const response = await fetch(`${handle.service.url}/v1/market-data/loads/${loadId}/content`, {
        method: 'PUT',
        headers: { authorization: operator, 'content-type': type },
        body,
      });
      return { status: response.status, ...((await response.json()) as { jobId: string }) };
    };
    const finished = async (jobId: string) => {
      let job = { state: '', result: undefined as unknown, error: undefined as unknown, progress: 0 };
      await until(async () => {
        const response = await fetch(`${handle.service.url}/v1/jobs/${jobId}`, {
          headers: { authorization: operator },
        });
        job = (await response.json()) as typeof job;
        return job.state === 'succeeded' || job.state === 'failed';
      });
      return job;
    };
    const load = async (announced: object, type: string, body: string | ArrayBuffer) => {
      const response = await announce(announced);
      expect(response.status).toBe(201);
      const { loadId } = (await response.json()) as { loadId: string };
      const sent = await send(loadId, type, body);
      expect(sent.status).toBe(202);
      return { loadId, ...(await finished(sent.jobId)) };
    };

    it('take bars out of a CSV file, and change nothing the second time', async () => {
      const csv = 'instrumentId,date,close,volume\nC,2020-01-02,10.5,1000\nC,2020-01-03,10.75,\n';
      expect(await load({ dataset: 'bars', format: 'csv' }, 'text/csv', csv)).toMatchObject({
        state: 'succeeded',
        result: { rows: 2, changed: 2 },
      });
      expect(await load({ dataset: 'bars', format: 'csv' }, 'text/csv', csv)).toMatchObject({
        result: { rows: 2, changed: 0 },
      });
      expect((await get(`marks?instrumentId=C&asOf=${close('2020-01-03')}`)).body).toMatchObject({
        items: [{ price: 10.75, time: close('2020-01-03') }],
      });
    });

    it('of many thousand rows are written by parts of 5,000 and tell how far they are after each', async () => {
      const rows = Array.from({ length: 12_000 }, (_, index) => {
        const date = new Date(Date.UTC(1980, 0, 1) + index * 86_400_000).toISOString().slice(0, 10);
        return `LONG,${date},${(10 + (index % 7)).toFixed(2)},\n`;
      });
      const csv = `instrumentId,date,close,volume\n${rows.join('')}`;
      const bytes = Buffer.from(csv);
      const told: [rows: number, fraction: number][] = [];
      const stored: number[] = [];
      const result = await handle.service.get(BulkLoader).load(
        {
          dataset: 'bars',
          content: { format: 'csv', bytes: bytes.length, stream: Readable.from([bytes]) },
          source: { id: randomUUID(), occurredAt: close('2020-01-09') },
        },
        {
          // What one transaction has written is there before the next begins.
          transaction: async (work) => {
            stored.push(told.at(-1)?.[0] ?? 0);
            return handle.service.get(Persistence).transaction(work);
          },
          progress: (written, fraction) => told.push([written, fraction]),
        },
      );
      expect(result).toEqual({ rows: 12_000, changed: 12_000 });
      expect(told.map(([written]) => written)).toEqual([5_000, 10_000, 12_000]);
      expect(stored).toEqual([0, 5_000, 10_000]);
      const [first = 0, second = 0, last = 0] = told.map(([, fraction]) => fraction);
      expect(first).toBeCloseTo(5 / 12, 1);
      expect(second).toBeCloseTo(10 / 12, 1);
      expect(last).toBe(1);
      // The same as a job: nothing is new, and its last word is that all is done.
      expect(await load({ dataset: 'bars', format: 'csv' }, 'text/csv', csv)).toMatchObject({
        state: 'succeeded',
        progress: 1,
        result: { rows: 12_000, changed: 0 },
      });
    });

    it('stop after the part in hand when they are cancelled; what was written stays', async () => {
      const rows = Array.from({ length: 11_000 }, (_, index) => {
        const date = new Date(Date.UTC(1980, 0, 1) + index * 86_400_000).toISOString().slice(0, 10);
        return `SHORT,${date},10,\n`;
      });
      const bytes = Buffer.from(`instrumentId,date,close,volume\n${rows.join('')}`);
      const abort = new AbortController();
      const told: number[] = [];
      const loading = handle.service.get(BulkLoader).load(
        {
          dataset: 'bars',
          content: { format: 'csv', bytes: bytes.length, stream: Readable.from([bytes]) },
          source: { id: randomUUID(), occurredAt: close('2020-01-09') },
        },
        {
          signal: abort.signal,
          progress: (written) => {
            told.push(written);
            abort.abort();
          },
        },
      );
      await expect(loading).rejects.toThrow(/abort/);
      expect(told).toEqual([5_000]);
      expect((await get(`marks?instrumentId=SHORT&asOf=${close('1993-09-08')}`)).body).toMatchObject({
        items: [{ price: 10, time: close('1993-09-08') }],
      });
    });

    it('take instruments out of a Parquet file', async () => {
      const file = parquetWriteBuffer({
        columnData: [
          { name: 'instrumentId', data: ['D', 'E'], type: 'STRING' },
          { name: 'name', data: ['Dora', 'Emil'], type: 'STRING' },
          { name: 'assetClass', data: ['equity', 'fund'], type: 'STRING' },
          { name: 'currency', data: ['EUR', 'USD'], type: 'STRING' },
          { name: 'averageDailyVolume', data: [1e6, 2.5e6], type: 'DOUBLE' },
          { name: 'participationRate', data: [0.1, 0.2], type: 'DOUBLE' },
        ],
      });
      const done = await load({ dataset: 'instruments', format: 'parquet' }, 'application/vnd.apache.parquet', file);
      expect(done).toMatchObject({ state: 'succeeded', result: { rows: 2, changed: 2 } });
      expect((await get('instruments/D')).body).toMatchObject({
        currency: 'EUR',
        liquidity: { averageDailyVolume: '1000000', participationRate: 0.1 },
      });
    });

    it('name line and field of what is refused, and write nothing of that chunk', async () => {
      const csv = 'instrumentId,date,close\nF,2020-01-02,10\nF,2020-01-03,-1\n';
      expect(await load({ dataset: 'bars', format: 'csv' }, 'text/csv', csv)).toMatchObject({
        state: 'failed',
        error: { code: 'MARKET_DATA.LOAD_REJECTED', detail: expect.stringContaining('line 3: close') },
      });
      expect((await get('marks?instrumentId=F')).body).toMatchObject({ missing: ['F'] });
      expect(await load({ dataset: 'bars', format: 'csv' }, 'text/csv', 'a,b\n1,2\n')).toMatchObject({
        error: { detail: expect.stringContaining('line 1: a: is no column') },
      });
      expect(
        await load({ dataset: 'bars', format: 'parquet' }, 'application/octet-stream', 'this is no Parquet file'),
      ).toMatchObject({ state: 'failed', error: { code: 'MARKET_DATA.LOAD_REJECTED' } });
    });

    it('take positions of the portfolio that was named, and of no other', async () => {
      const head = 'portfolioId,asOf,sequence,strategy,instrumentId,quantity,currency,amount\n';
      const line = (portfolioId: string) => `${portfolioId},${close('2020-01-10')},7,value,A,30,,\n`;
      const cash = `P1,${close('2020-01-10')},7,,,,USD,1000\n`;
      expect((await announce({ dataset: 'positions', format: 'csv' })).status).toBe(400);
      expect((await announce({ dataset: 'positions', format: 'csv', portfolioId: 'GHOST' })).status).toBe(404);
      const about = { dataset: 'positions', format: 'csv', portfolioId: 'P1' };
      expect(await load(about, 'text/csv', `${head}${line('P1')}${cash}`)).toMatchObject({
        result: { rows: 2, changed: 1 },
      });
      expect((await get(`portfolios/P1/holdings?asOf=${close('2020-01-10')}`)).body).toMatchObject({
        sequence: 7,
        positions: [{ strategy: 'value', quantity: '30' }],
        cash: [{ currency: 'USD', amount: '1000' }],
      });
      expect(await load(about, 'text/csv', `${head}${line('LATE')}`)).toMatchObject({
        error: { detail: expect.stringContaining('line 2: portfolioId') },
      });
    });

    it('are for operators, one file each', async () => {
      const viewer = await handle.bearer({ subject: 'vera', roles: ['viewer'], portfolios: ['*'] });
      expect((await announce({ dataset: 'bars', format: 'csv' }, viewer)).status).toBe(403);
      const { loadId } = (await (await announce({ dataset: 'bars', format: 'csv' })).json()) as { loadId: string };
      expect((await send(loadId, 'text/csv', '')).status).toBe(400);
      const csv = 'instrumentId,date,close\nG,2020-01-02,10\n';
      const first = await send(loadId, 'text/csv', csv);
      expect((await send(loadId, 'text/csv', csv)).jobId).toBe(first.jobId);
      expect((await send(randomUUID(), 'text/csv', csv)).status).toBe(404);
    });
  });
});
