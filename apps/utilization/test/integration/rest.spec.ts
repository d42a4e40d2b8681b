import { randomUUID } from 'node:crypto';
import type { UtilizationSnapshot } from '@risk-budget/contracts';
import type { BudgetReport } from '../../src/budget-report/budget-report.schemas.js';
import type { HistoryPoint } from '../../src/history/history.schemas.js';
import type { WhatIfAnswer } from '../../src/what-if/what-if.schemas.js';
import type { VerificationAnswer } from '../../src/verification/verification.schemas.js';
import { byHand, modelOf, planOf, positionsOf, treeOf } from './fixtures.js';
import { figuresOf, World } from './world.js';

const day = (number: number) => `2020-03-${String(number).padStart(2, '0')}T21:00:00.000Z`;

describe('REST', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await world.hold('DESK-A', positionsOf('DESK-A', day(2), 1));
    await world.model(modelOf('DESK-A', day(2)));
    await world.plan(planOf('DESK-A', [treeOf('volatility', 0.2, 0.12, 0.1)]), day(2));
    await world.bars(day(3), { ALPHA: 102 });
    await world.bars(day(4), { ALPHA: 104 });
    await world.snapshotCount('DESK-A', 4);
    await world.definePortfolio('DESK-B', day(2), ['pilots']);
    await world.until(async () => (await world.request('/v1/portfolios/DESK-B/alerts')).status === 200);
  });
  afterAll(() => world.stop());

  describe('reading', () => {
    it('lists the portfolios that a token may see, with their headlines, page by page', async () => {
      const page = await world.request<{ items: Record<string, unknown>[]; nextCursor: string }>(
        '/v1/portfolios?limit=1',
      );
      expect(page.body.items).toMatchObject([
        { portfolioId: 'DESK-A', sequence: 4, asOf: day(4), headline: { state: 'complete', red: 0 }, problem: null },
      ]);
      const next = await world.request(`/v1/portfolios?limit=1&cursor=${page.body.nextCursor}`);
      expect(next.body).toMatchObject({ items: [{ portfolioId: 'DESK-B', headline: null }], nextCursor: null });
      for (const portfolios of [['DESK-B'], ['DESK-B*'], ['group:pilots']]) {
        const seen = await world.request<{ items: { portfolioId: string }[] }>('/v1/portfolios', { portfolios });
        expect(seen.body.items.map(({ portfolioId }) => portfolioId)).toEqual(['DESK-B']);
      }
    });

    it('shows the tree, or one measure and kind of node of it', async () => {
      const tree = await world.tree('DESK-A');
      expect(figuresOf(tree, 'portfolio')).toMatchObject({ budget: 0.2, state: 'amber' });
      const part = await world.tree('DESK-A', '?measure=var&kind=strategy');
      expect(part.nodes.map(({ nodeId }) => nodeId)).toEqual(['strategy:Growth', 'strategy:Income']);
      expect(part.nodes.flatMap(({ measures }) => measures.map(({ measure }) => measure))).toEqual(['var', 'var']);
    });

    it('shows the metrics, and those of a moment', async () => {
      const { body } = await world.request('/v1/portfolios/DESK-A/metrics');
      expect(body).toMatchObject({ sequence: 4, nav: 101_400, metrics: { gross: expect.any(Number) } });
      expect(body).not.toHaveProperty('nodes');
      const earlier = await world.request(`/v1/portfolios/DESK-A/metrics?asOf=${day(3)}`);
      expect(earlier.body).toMatchObject({ sequence: 3, nav: 100_700 });
    });

    it('shows a node through time, newest first, page by page', async () => {
      type Page = { items: HistoryPoint[]; nextCursor: string | null };
      const path = '/v1/portfolios/DESK-A/history?nodeId=leaf:Growth/ALPHA&measure=volatility';
      const all = await world.request<Page>(path);
      expect(all.body.items.map(({ sequence, value }) => [sequence, value])).toEqual([
        [4, 31_200],
        [3, 30_600],
        [2, 30_000],
        [1, 30_000],
      ]);
      const first = await world.request<Page>(`${path}&limit=3`);
      const second = await world.request<Page>(`${path}&limit=3&cursor=${first.body.nextCursor}`);
      expect([...first.body.items, ...second.body.items]).toEqual(all.body.items);
      const period = await world.request<Page>(`${path}&from=${day(3)}&to=${day(3)}`);
      expect(period.body.items.map(({ sequence }) => sequence)).toEqual([3]);
      const nothing = await world.request<Page>('/v1/portfolios/DESK-A/history?nodeId=leaf:Growth/NONE');
      expect(nothing.body).toEqual({ items: [], nextCursor: null });
    });

    it('gives a snapshot as it was published, and finds every figure again from its lineage', async () => {
      const published = await world.snapshots('DESK-A');
      for (const snapshot of published) {
        const { body } = await world.request<UtilizationSnapshot>(`/v1/snapshots/${snapshot.snapshotId}`);
        expect(body).toEqual(snapshot);
        const verification = await world.request<VerificationAnswer>(
          `/v1/snapshots/${snapshot.snapshotId}/verification`,
          { method: 'POST' },
        );
        expect(verification.status).toBe(200);
        expect(verification.body).toMatchObject({ agrees: true, differences: [], revisedInputs: [] });
        expect(verification.body.compared).toBeGreaterThan(200);
      }
    });

    it('finds a snapshot whose stored figure was changed', async () => {
      const [snapshot] = await world.snapshots('DESK-A');
      const admin = world.handle.database;
      const { createPersistence } = await import('@risk-budget/persistence');
      const persistence = await createPersistence({
        url: admin.service('utilization').appUrl,
        schema: 'utilization',
        timescale: 'off',
      });
      await persistence.query(
        `UPDATE snapshot_node SET document = jsonb_set(document, '{measures,0,consumption}', '0.5')
         WHERE portfolio_id = 'DESK-A' AND sequence = 1 AND node_id = 'portfolio'`,
      );
      await persistence.close();
      const { body } = await world.request<VerificationAnswer>(`/v1/snapshots/${snapshot?.snapshotId}/verification`, {
        method: 'POST',
      });
      expect(body.agrees).toBe(false);
      expect(body.differences).toMatchObject([{ path: 'nodes[portfolio].volatility.consumption', stored: 0.5 }]);
    });

    it('reports budgets as JSON and as CSV, by format or by Accept', async () => {
      const json = await world.request<BudgetReport>('/v1/portfolios/DESK-A/budget-report?measure=volatility');
      expect(json.body.totals).toMatchObject([{ measure: 'volatility', budget: 0.2 }]);
      expect(json.body.rows.map(({ nodeId }) => nodeId).slice(0, 2)).toEqual(['portfolio', 'strategy:Growth']);
      const byFormat = await world.request<string>('/v1/portfolios/DESK-A/budget-report?measure=volatility&format=csv');
      const byAccept = await world.request<string>('/v1/portfolios/DESK-A/budget-report?measure=volatility', {
        headers: { accept: 'text/csv' },
      });
      expect(byFormat.headers.get('content-type')).toMatch(/^text\/csv/);
      expect(byAccept.body).toBe(byFormat.body);
      const lines = byFormat.body.trim().split('\r\n');
      expect(lines).toHaveLength(json.body.rows.length + 1);
      expect(lines[1]).toContain(',volatility,portfolio,,portfolio,');
    });
  });

  it('documents each of its routes, with the media types that they answer in', async () => {
    type Operation = { responses: Record<string, { content?: Record<string, unknown> }> };
    const { body } = await world.request<{ paths: Record<string, Record<string, Operation>> }>('/docs/openapi.json', {
      role: null,
    });
    const types = (path: string, method = 'get') =>
      Object.keys(body.paths[path]?.[method]?.responses['200']?.content ?? {});
    const portfolio = '/v1/portfolios/{portfolioId}';
    expect(types(`${portfolio}/budget-report`)).toEqual(['application/json', 'text/csv']);
    expect(types(`${portfolio}/stream`)).toEqual(['text/event-stream']);
    for (const route of ['utilization', 'metrics', 'history', 'snapshots', 'alerts']) {
      expect(types(`${portfolio}/${route}`)).toEqual(['application/json']);
    }
    expect(types(`${portfolio}/what-if`, 'post')).toEqual(['application/json']);
    expect(types('/v1/snapshots/{snapshotId}')).toEqual(['application/json']);
    expect(types('/v1/snapshots/{snapshotId}/verification', 'post')).toEqual(['application/json']);
    const problems = body.paths[`${portfolio}/what-if`]?.['post']?.responses ?? {};
    expect(Object.keys(problems)).toEqual(expect.arrayContaining(['400', '401', '403', '404', '409', '422', '429']));
  });

  describe('what-if', () => {
    const ask = (body: unknown, path = 'DESK-A', role: 'riskManager' | 'viewer' = 'riskManager') =>
      world.request<WhatIfAnswer & { code: string; errors: { field: string }[] }>(`/v1/portfolios/${path}/what-if`, {
        role,
        method: 'POST',
        body,
      });

    it('shows both sides of a trade, as worked by hand, and stores nothing', async () => {
      const trades = [{ strategy: 'Income', instrumentId: 'BRAVO', quantityChange: '-400' }];
      const { status, body } = await ask({ trades });
      expect(status).toBe(200);
      const nav = 101_400; // paid at the mark, a trade does not change it
      const weights = { ALPHA: (350 * 104) / nav, BRAVO: (400 * 50) / nav, CHARLIE: (500 * 20) / nav };
      const hand = byHand(weights);
      expect(body.after.nav).toBeCloseTo(nav, 8);
      expect(body.after.metrics.volatilityAnnual).toBeCloseTo(hand.volatility, 12);
      expect(body.change['volatilityAnnual']).toBeCloseTo(
        body.after.metrics.volatilityAnnual - body.before.metrics.volatilityAnnual,
        14,
      );
      const income = body.nodes.find(({ nodeId }) => nodeId === 'strategy:Income');
      const after = income?.measures.find(({ measure }) => measure === 'volatility')?.after;
      const consumption = hand.contribution('BRAVO', weights.BRAVO) + hand.contribution('ALPHA', (50 * 104) / nav);
      expect(after?.consumption).toBeCloseTo(consumption, 12);
      expect(after?.utilization).toBeCloseTo(consumption / 0.1, 12);
      expect(body.nodes.map(({ nodeId }) => nodeId)).toContain('leaf:Income/BRAVO');
      expect(body.nodes.map(({ nodeId }) => nodeId)).not.toContain('leaf:Growth/ALPHA');
      expect((await world.tree('DESK-A')).sequence).toBe(4);
    });

    it('answers nothing changed for trades that cancel out, and everything when asked', async () => {
      const trade = { strategy: 'Growth', instrumentId: 'ALPHA' };
      const trades = [
        { ...trade, quantityChange: '10' },
        { ...trade, quantityChange: '-10' },
      ];
      const { body } = await ask({ trades, detail: 'full' });
      expect(Object.values(body.change).every((value) => Math.abs(value) < 1e-12)).toBe(true);
      expect(body.nodes.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['leaf', 'issuer', 'instrument']));
    });

    it('takes a position away and brings a new one in', async () => {
      const { body } = await ask({
        trades: [
          { strategy: 'Growth', instrumentId: 'CHARLIE', quantityChange: '-500' },
          { strategy: 'Income', instrumentId: 'CHARLIE', quantityChange: '500', price: '19.5' },
        ],
      });
      const gone = body.nodes.find(({ nodeId }) => nodeId === 'leaf:Growth/CHARLIE');
      const come = body.nodes.find(({ nodeId }) => nodeId === 'leaf:Income/CHARLIE');
      expect(gone).toMatchObject({ valueBefore: 10_000, valueAfter: 0 });
      expect(gone?.measures[0]?.after).toBeNull();
      expect(come).toMatchObject({ valueBefore: 0, valueAfter: 10_000 });
      expect(come?.measures[0]?.before).toBeNull();
      expect(body.after.nav).toBeCloseTo(101_400 + 500 * 0.5, 8); // bought below the mark
    });

    it('follows the newest snapshot', async () => {
      const trades = [{ strategy: 'Growth', instrumentId: 'ALPHA', quantityChange: '1' }];
      const before = await ask({ trades });
      await world.bars(day(5), { BRAVO: 51 });
      await world.snapshotCount('DESK-A', 5);
      const after = await ask({ trades });
      expect(after.body.snapshotId).not.toBe(before.body.snapshotId);
      expect(after.body.before.nav).toBeCloseTo(102_200, 8);
    });

    it.each([
      ['no trades', { trades: [] }, 'trades'],
      ['an unknown field', { trades: [{ strategy: 'G', instrumentId: 'A', quantityChange: '1' }], when: 'now' }, ''],
      ['a float', { trades: [{ strategy: 'G', instrumentId: 'A', quantityChange: 1.5 }] }, 'trades[0].quantityChange'],
      ['a zero', { trades: [{ strategy: 'G', instrumentId: 'A', quantityChange: '0.0' }] }, 'trades[0].quantityChange'],
      ['no list', 'trades', ''],
    ])('refuses a body with %s, naming the field', async (_, body, field) => {
      const answer = await ask(body);
      expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
      if (field !== '') expect(answer.body.errors.map((problem) => problem.field)).toContain(field);
    });

    it('refuses an instrument that nobody knows, and trades that leave nothing', async () => {
      const unknown = await ask({ trades: [{ strategy: 'G', instrumentId: 'NOBODY', quantityChange: '1' }] });
      expect([unknown.status, unknown.body.code]).toEqual([422, 'MARKET_DATA.UNKNOWN_INSTRUMENT']);
      const ruin = { strategy: 'Growth', instrumentId: 'ALPHA', quantityChange: '1', price: '1000000' };
      const ruined = await ask({ trades: [ruin] });
      expect([ruined.status, ruined.body.code]).toEqual([422, 'MARKET_DATA.NAV_NOT_POSITIVE']);
    });
  });

  describe('refusals', () => {
    const get = ['utilization', 'metrics', 'history', 'snapshots', 'alerts', 'budget-report', 'stream'].map(
      (route) => `/v1/portfolios/DESK-A/${route}`,
    );

    it.each(get)('wants a token at %s, and answers alike for a foreign portfolio and one that is not', async (path) => {
      const nobody = await world.request(path, { role: null });
      expect([nobody.status, nobody.body['code']]).toEqual([401, 'TOKEN_MISSING']);
      const foreign = await world.request(path, { portfolios: ['DESK-B'] });
      const missing = await world.request(path.replace('DESK-A', 'NONE'));
      for (const { status, body } of [foreign, missing]) expect([status, body['code']]).toEqual([404, 'NOT_FOUND']);
      expect(foreign.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      const wording = (text: unknown) => String(text).replaceAll(/DESK-A|NONE/g, 'X');
      expect(wording(foreign.body['detail'])).toBe(wording(missing.body['detail']));
    });

    it('lets a viewer read and not ask what-if', async () => {
      const trades = [{ strategy: 'Growth', instrumentId: 'ALPHA', quantityChange: '1' }];
      const path = '/v1/portfolios/DESK-A/what-if';
      const viewer = await world.request(path, { method: 'POST', body: { trades } });
      expect([viewer.status, viewer.body['code']]).toEqual([403, 'ROLE_REQUIRED']);
      const foreign = await world.request(path, {
        method: 'POST',
        body: { trades },
        role: 'riskManager',
        portfolios: ['DESK-B'],
      });
      expect([foreign.status, foreign.body['code']]).toEqual([404, 'NOT_FOUND']);
    });

    it('hides the snapshots of foreign portfolios', async () => {
      const [snapshot] = await world.snapshots('DESK-A');
      for (const path of [`/v1/snapshots/${snapshot?.snapshotId}`, `/v1/snapshots/${randomUUID()}`]) {
        const { status, body } = await world.request(path, { portfolios: ['DESK-B'] });
        expect([status, body['code']]).toEqual([404, 'NOT_FOUND']);
      }
      const malformed = await world.request('/v1/snapshots/1');
      expect([malformed.status, malformed.body['code']]).toEqual([400, 'VALIDATION_FAILED']);
    });

    it.each([
      ['utilization?asOf=yesterday', 'VALIDATION_FAILED'],
      ['utilization?knownAt=2020-03-04T00:00:00.000Z', 'UTILIZATION.TIMES_IN_WRONG_ORDER'],
      ['utilization?measure=luck', 'VALIDATION_FAILED'],
      ['history?limit=1001', 'VALIDATION_FAILED'],
      ['history?cursor=bm9uc2Vuc2U', 'CURSOR_INVALID'],
      ['history?from=2020-03-05T00:00:00.000Z&to=2020-03-04T00:00:00.000Z', 'UTILIZATION.TIMES_IN_WRONG_ORDER'],
      ['alerts?kind=gossip', 'VALIDATION_FAILED'],
      ['alerts?limit=0', 'VALIDATION_FAILED'],
      ['budget-report?format=pdf', 'VALIDATION_FAILED'],
    ])('refuses %s with %s', async (path, code) => {
      const { status, body } = await world.request(`/v1/portfolios/DESK-A/${path}`);
      expect([status, body['code']]).toEqual([400, code]);
    });

    it('answers what came before the first snapshot, and what it cannot write', async () => {
      const early = await world.request('/v1/portfolios/DESK-A/utilization?asOf=2019-01-01T00:00:00.000Z');
      expect([early.status, early.body['code']]).toEqual([404, 'UTILIZATION.NO_SNAPSHOT']);
      const unknown = await world.request(
        '/v1/portfolios/DESK-A/utilization?asOf=2019-01-01T00:00:00.000Z&knownAt=2021-01-01T00:00:00.000Z',
      );
      expect([unknown.status, unknown.body['code']]).toEqual([422, 'MARKET_DATA.NO_POSITIONS']);
      const unheard = await world.request(
        '/v1/portfolios/DESK-A/utilization?asOf=2019-01-01T00:00:00.000Z&knownAt=2019-01-01T00:00:00.000Z',
      );
      expect([unheard.status, unheard.body['code']]).toEqual([404, 'MARKET_DATA.UNKNOWN_PORTFOLIO']);
      const image = await world.request('/v1/portfolios/DESK-A/budget-report', { headers: { accept: 'image/png' } });
      expect([image.status, image.body['code']]).toEqual([406, 'NOT_ACCEPTABLE']);
    });
  });
});
