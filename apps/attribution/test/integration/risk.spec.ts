import { randomUUID } from 'node:crypto';
import type { UtilizationSnapshot } from '@risk-budget/contracts';
import type { RiskPoint, RiskView } from '../../src/risk/risk.schemas.js';
import { modelOf, positionsOf, prices, snapshotOf } from '../fixtures/desk.js';
import { World } from './world.js';

const day = (number: number) => `2020-03-${String(number).padStart(2, '0')}T21:00:00.000Z`;
type Problem = { code: string; errors?: { field: string }[] };

describe('risk by REST', () => {
  let world: World;
  let snapshots: UtilizationSnapshot[];

  beforeAll(async () => {
    world = await World.start();
    await world.definePortfolio('DESK', day(2));
    await world.definePortfolio('EMPTY', day(2));
    await world.defineInstruments(day(2));
    await world.bars(day(2));
    await world.positions(positionsOf('DESK', day(2), 1));
    const model = modelOf('DESK', day(2));
    await world.model(model);
    const desk = { portfolioId: 'DESK', model, positionSequence: 1 };
    snapshots = [
      snapshotOf({ ...desk, asOf: day(2), sequence: 1 }),
      // A tick that only the snapshot knows of: its marks are what it is rebuilt from.
      snapshotOf({ ...desk, asOf: day(3), sequence: 2, prices: { ...prices, ALPHA: 103 } }),
      snapshotOf({ ...desk, asOf: '2020-03-03T22:00:00.000Z', sequence: 3, prices: { ...prices, ALPHA: 104 } }),
    ];
    for (const snapshot of snapshots) await world.snapshot(snapshot);
    for (const snapshot of snapshots) await world.untilRebuilt(snapshot);
  });
  afterAll(() => world.stop());

  const risk = (query = '') => world.request<RiskView & Problem>(`/v1/portfolios/DESK/risk${query}`);

  it.each(['security', 'strategy', 'sector', 'issuer'])('tells the latest snapshot apart by %s', async (by) => {
    for (const measure of ['volatility', 'var', 'es']) {
      const { status, body } = await risk(`?measure=${measure}&by=${by}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        snapshotId: snapshots[2]?.snapshotId,
        sequence: 3,
        positionSequence: 1,
        measure,
        by,
      });
      expect(body.lines.reduce((sum, { component }) => sum + component, 0)).toBeCloseTo(body.total, 13);
      const { metrics } = snapshots[2] ?? {};
      expect(body.total).toBeCloseTo(
        (measure === 'volatility' ? metrics?.volatilityAnnual : metrics?.[measure as 'var']) ?? 0,
        13,
      );
    }
  });

  it('tells it by named factors, the specific part last', async () => {
    const { body } = await risk('?by=factor&factors=BRAVO,CHARLIE');
    expect(body.lines.map(({ name }) => name).sort()).toEqual(['BRAVO', 'CHARLIE', 'specific']);
    expect(body.lines.at(-1)?.kind).toBe('specific');
    expect(body.lines.reduce((sum, { component }) => sum + component, 0)).toBeCloseTo(body.total, 13);
  });

  it('tells any snapshot apart, by its moment or its id, with its own marks', async () => {
    const early = await risk(`?asOf=${day(2)}`);
    expect(early.body).toMatchObject({ snapshotId: snapshots[0]?.snapshotId, nav: 100_000 });
    const middle = await risk(`?snapshotId=${snapshots[1]?.snapshotId}`);
    expect(middle.body).toMatchObject({ sequence: 2, nav: 101_050 });
  });

  it('tells it over time, newest first, page by page, each day’s last snapshot or every one', async () => {
    type Page = { items: RiskPoint[]; nextCursor: string | null };
    const path = '/v1/portfolios/DESK/risk-history?by=strategy';
    const daily = await world.request<Page>(path);
    expect(daily.body.items.map(({ sequence }) => sequence)).toEqual([3, 1]);
    const first = await world.request<Page>(`${path}&every=snapshot&limit=2`);
    const second = await world.request<Page>(`${path}&every=snapshot&limit=2&cursor=${first.body.nextCursor}`);
    expect([...first.body.items, ...second.body.items].map(({ sequence }) => sequence)).toEqual([3, 2, 1]);
    expect(second.body.nextCursor).toBeNull();
    for (const { total, lines } of first.body.items) {
      expect(lines.reduce((sum, { component }) => sum + component, 0)).toBeCloseTo(total ?? 0, 13);
    }
    const period = await world.request<Page>(`${path}&from=${day(2)}&to=${day(2)}`);
    expect(period.body.items.map(({ sequence }) => sequence)).toEqual([1]);
  });

  it('reports it as CSV and as a page, by format or by Accept, names never taken for markup', async () => {
    const csv = await world.request<string>('/v1/portfolios/DESK/risk?by=issuer&format=csv');
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/);
    expect(csv.body.trim().split('\r\n')).toHaveLength(4);
    const page = await world.request<string>('/v1/portfolios/DESK/risk?by=issuer', {
      headers: { accept: 'text/html' },
    });
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.body).toContain('<td>Alpha Group</td>');
  });

  it('keeps a snapshot once, however often it arrives', async () => {
    const [snapshot] = snapshots;
    if (snapshot === undefined) throw new Error('no snapshot');
    await world.snapshot(snapshot);
    const later = snapshotOf({
      ...{ portfolioId: 'DESK', model: modelOf('DESK', day(9)), positionSequence: 1, asOf: day(9), sequence: 4 },
    });
    await world.snapshot(later);
    await world.until(
      async () => (await risk(`?snapshotId=${later.snapshotId}`)).body.code === 'ATTRIBUTION.INPUT_GONE',
    );
    const { body } = await world.request<{ items: RiskPoint[] }>('/v1/portfolios/DESK/risk-history?every=snapshot');
    expect(body.items.map(({ sequence }) => sequence)).toEqual([4, 3, 2, 1]);
    // What cannot be rebuilt stands in the history with its reason, and is never passed over.
    expect(body.items[0]).toMatchObject({ total: null, lines: [], refusal: { code: 'ATTRIBUTION.INPUT_GONE' } });
  });

  it('explains nothing from figures other than the snapshot’s own', async () => {
    const model = modelOf('DESK', day(2));
    await world.model(model);
    const honest = snapshotOf({ portfolioId: 'DESK', model, positionSequence: 1, asOf: day(10), sequence: 5 });
    const metrics = { ...honest.metrics, volatilityAnnual: honest.metrics.volatilityAnnual * 1.001 };
    await world.snapshot({ ...honest, metrics });
    const path = `?snapshotId=${honest.snapshotId}`;
    await world.until(async () => (await risk(path)).body.code === 'ATTRIBUTION.NOT_REBUILT');
    expect((await risk(path)).status).toBe(422);
  });

  it.each([
    ['without a token', '/v1/portfolios/DESK/risk', { role: null }, 401, undefined],
    ['for a foreign portfolio', '/v1/portfolios/DESK/risk', { portfolios: ['OTHER'] }, 404, 'NOT_FOUND'],
    ['for an unknown portfolio', '/v1/portfolios/NONE/risk', {}, 404, 'NOT_FOUND'],
    ['without a snapshot', '/v1/portfolios/EMPTY/risk', {}, 404, 'ATTRIBUTION.NO_SNAPSHOT'],
    [
      'before the first snapshot',
      '/v1/portfolios/DESK/risk?asOf=2019-01-01T00:00:00.000Z',
      {},
      404,
      'ATTRIBUTION.NO_SNAPSHOT',
    ],
    [
      'for an unknown snapshot',
      `/v1/portfolios/DESK/risk?snapshotId=${randomUUID()}`,
      {},
      404,
      'ATTRIBUTION.UNKNOWN_SNAPSHOT',
    ],
    ['for an unknown measure', '/v1/portfolios/DESK/risk?measure=fear', {}, 400, 'VALIDATION_FAILED'],
    ['for an unknown dimension', '/v1/portfolios/DESK/risk?by=colour', {}, 400, 'VALIDATION_FAILED'],
    [
      'for too many factors',
      `/v1/portfolios/DESK/risk?by=factor&factors=${Array(21).fill('A').join(',')}`,
      {},
      400,
      'VALIDATION_FAILED',
    ],
    [
      'for a media type that it does not have',
      '/v1/portfolios/DESK/risk',
      { headers: { accept: 'image/png' } },
      406,
      'NOT_ACCEPTABLE',
    ],
    [
      'for a measure without a benchmark',
      `/v1/portfolios/DESK/risk?asOf=${day(3)}&measure=trackingError`,
      {},
      422,
      'ATTRIBUTION.NOT_DEFINED',
    ],
    [
      'for factors that nobody has',
      `/v1/portfolios/DESK/risk?asOf=${day(3)}&by=factor`,
      {},
      422,
      'ATTRIBUTION.NO_FACTORS',
    ],
    [
      'for a period that ends before it begins',
      `/v1/portfolios/DESK/risk-history?from=${day(3)}&to=${day(2)}`,
      {},
      400,
      'ATTRIBUTION.TIMES_IN_WRONG_ORDER',
    ],
  ] as const)('refuses %s', async (_, path, options, status, code) => {
    const answer = await world.request<Problem>(path, options as Parameters<World['request']>[1]);
    expect(answer.status).toBe(status);
    if (code !== undefined) expect(answer.body.code).toBe(code);
  });
});
