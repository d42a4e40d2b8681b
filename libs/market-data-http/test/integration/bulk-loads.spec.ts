import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { instrumentDefined, portfolioDefined } from '@risk-budget/contracts';
import { BulkLoader } from '@risk-budget/market-data';
import { createDriver, createUpstreamPublisher } from '@risk-budget/messaging';
import { Persistence } from '@risk-budget/persistence';
import { startTestService, until, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { close, getOf, instrument, portfolio } from '../support/market-data.js';
import { marketService } from '../support/market-service.js';

describe('bulk loads', () => {
  let handle: TestServiceHandle;
  let operator: string;

  beforeAll(async () => {
    handle = await startTestService(marketService, { config: { LOG_LEVEL: 'fatal' } });
    operator = await handle.bearer({ subject: 'olga', roles: ['operator'], portfolios: ['*'] });
    const driver = createDriver(handle.messagingUrl);
    const upstream = createUpstreamPublisher({ driver, source: '/upstream/test' });
    const occurredAt = close('2020-01-02');
    await upstream.publish(instrumentDefined, { occurredAt, data: instrument('A') });
    await upstream.publish(portfolioDefined, { occurredAt, data: portfolio('P1') });
    await until(async () => (await get('portfolios/P1')).status === 200 && (await get('instruments/A')).status === 200);
    await driver.close();
  });

  afterAll(() => handle?.stop());

  const get = (path: string) => getOf(handle, path, operator);

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
