import { realisedReturnsStated } from '@risk-budget/contracts';
import type { PerformanceView } from '../../src/performance/performance.schemas.js';
import { modelOf, positionsOf, snapshotOf } from '../fixtures/desk.js';
import { World } from './world.js';

const day = (number: number) => `2020-03-${String(number).padStart(2, '0')}T21:00:00.000Z`;
const date = (number: number) => day(number).slice(0, 10);

/** Closes of three days: each name moves by itself. */
const closes = {
  2: { ALPHA: 100, BRAVO: 50, CHARLIE: 20 },
  3: { ALPHA: 110, BRAVO: 50, CHARLIE: 19 },
  4: { ALPHA: 99, BRAVO: 52, CHARLIE: 20.9 },
} as const;

describe('realised return', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.start();
    await world.definePortfolio('DESK', day(2));
    await world.defineInstruments(day(2));
    for (const number of [2, 3, 4] as const) await world.bars(day(number), closes[number]);
    await world.positions(positionsOf('DESK', day(2), 1));
    const model = modelOf('DESK', day(2));
    await world.model(model);
    const of = (number: 2 | 3 | 4) =>
      snapshotOf({
        portfolioId: 'DESK',
        model,
        positionSequence: 1,
        asOf: day(number),
        sequence: number - 1,
        prices: closes[number],
      });
    const snapshots = [of(2), of(3), of(4)];
    for (const snapshot of snapshots) await world.snapshot(snapshot);
    for (const snapshot of snapshots) await world.untilRebuilt(snapshot);
  });
  afterAll(() => world.stop());

  const ask = (query: string) =>
    world.request<PerformanceView & { code: string }>(`/v1/portfolios/DESK/performance-attribution?${query}`);
  const period = `from=${date(3)}&to=${date(4)}`;

  it('comes from positions and prices where nobody has stated it, and links days exactly', async () => {
    for (const by of ['security', 'strategy', 'sector']) {
      const { status, body } = await ask(`${period}&by=${by}`);
      expect(status).toBe(200);
      // 350 of ALPHA, 800 of BRAVO, 500 of CHARLIE and 15,000: 100,000, 103,000 and 101,700.
      expect(body.days.map((one) => [one.date, one.source])).toEqual([
        [date(3), 'own'],
        [date(4), 'own'],
      ]);
      expect(body.days[0]?.portfolioReturn).toBeCloseTo(0.03, 12);
      expect(body.days[1]?.portfolioReturn).toBeCloseTo(101_700 / 103_000 - 1, 12);
      expect(body.portfolioReturn).toBeCloseTo(0.017, 12);
      expect(body).toMatchObject({ benchmark: 'cash', benchmarkReturn: 0 });
      expect(body.lines.reduce((sum, { total }) => sum + total, 0)).toBeCloseTo(0.017, 12);
    }
  });

  it('stands beside the risk that was taken for it: expected at the start of each day, and realised', async () => {
    const { body } = await ask(`${period}&by=security`);
    const [first, second] = body.days;
    expect(body.risk.exAnteVolatilityAnnual).toBeCloseTo(
      ((first?.exAnteVolatilityAnnual ?? 0) + (second?.exAnteVolatilityAnnual ?? 0)) / 2,
      14,
    );
    const [a, b] = [first?.portfolioReturn ?? 0, second?.portfolioReturn ?? 0];
    expect(body.risk.realisedVolatilityAnnual).toBeCloseTo((Math.abs(a - b) / Math.sqrt(2)) * Math.sqrt(252), 12);
    expect(body.risk).toMatchObject({ varExceedances: b < -(second?.var ?? 0) ? 1 : 0, varConfidence: 0.95 });
    const named = (lines: PerformanceView['lines'], value: (line: PerformanceView['lines'][number]) => number | null) =>
      lines.reduce((sum, line) => sum + (value(line) ?? 0), 0);
    expect(named(body.lines, ({ exAnteRisk }) => exAnteRisk)).toBeCloseTo(body.risk.exAnteVolatilityAnnual ?? 0, 12);
    expect(named(body.lines, ({ realisedRisk }) => realisedRisk)).toBeCloseTo(
      body.risk.realisedVolatilityAnnual ?? 0,
      12,
    );
  });

  it('is told by named factors, what they leave as the specific part', async () => {
    const { body } = await ask(`${period}&by=factor&factors=ALPHA`);
    expect(body.lines.map(({ name }) => name).sort()).toEqual(['ALPHA', 'specific']);
    expect(body.lines.reduce((sum, { total }) => sum + total, 0)).toBeCloseTo(0.017, 12);
  });

  it('is what upstream has stated for the days on which it has, against the benchmark it states', async () => {
    await world.publish(realisedReturnsStated, day(5), {
      portfolioId: 'DESK',
      date: date(3),
      knownAt: day(5),
      level: 'security',
      rows: [
        {
          strategy: 'Growth',
          sector: 'Technology',
          instrumentId: 'ALPHA',
          weight: 0.6,
          return: 0.1,
          benchmarkWeight: 0.5,
          benchmarkReturn: 0.08,
        },
        {
          strategy: 'Income',
          sector: 'Energy',
          instrumentId: 'BRAVO',
          weight: 0.4,
          return: 0,
          benchmarkWeight: 0.5,
          benchmarkReturn: 0.02,
        },
      ],
    });
    await world.until(async () => (await ask(`${period}&by=sector`)).body.days[0]?.source === 'stated');
    const { body } = await ask(`from=${date(3)}&to=${date(3)}&by=sector`);
    expect(body).toMatchObject({ benchmark: 'stated' });
    expect(body.portfolioReturn).toBeCloseTo(0.06, 12);
    expect(body.benchmarkReturn).toBeCloseTo(0.05, 12);
    // Brinson and Fachler by hand: (w − b)(R_b,i − R_b), b (R_p,i − R_b,i), (w − b)(R_p,i − R_b,i).
    const technology = body.lines.find(({ name }) => name === 'Technology');
    expect(technology?.allocation).toBeCloseTo(0.1 * 0.03, 12);
    expect(technology?.selection).toBeCloseTo(0.5 * 0.02, 12);
    expect(technology?.interaction).toBeCloseTo(0.1 * 0.02, 12);
    const both = await ask(`${period}&by=sector`);
    expect(both.body.days.map(({ source }) => source)).toEqual(['stated', 'own']);
    expect(both.body.lines.reduce((sum, { total }) => sum + total, 0)).toBeCloseTo(both.body.activeReturn, 12);
  });

  it('is reported as CSV and as a page', async () => {
    const csv = await world.request<string>(`/v1/portfolios/DESK/performance-attribution?${period}&format=csv`);
    expect(csv.body).toMatch(/^portfolioId,from,to,by,name,allocation,/);
    const page = await world.request<string>(`/v1/portfolios/DESK/performance-attribution?${period}&format=html`);
    expect(page.body).toContain('<h1>Return of DESK by sector</h1>');
  });

  it.each([
    ['without days', '', 400, 'VALIDATION_FAILED'],
    ['backwards', `from=${date(4)}&to=${date(3)}`, 400, 'ATTRIBUTION.TIMES_IN_WRONG_ORDER'],
    ['before the first snapshot', 'from=2019-01-02&to=2019-01-03', 404, 'ATTRIBUTION.NO_SNAPSHOT'],
    ['by a dimension that is none', `${period}&by=colour`, 400, 'VALIDATION_FAILED'],
    ['by factors that nobody has', `${period}&by=factor`, 422, 'ATTRIBUTION.NO_FACTORS'],
  ])('is refused %s', async (_, query, status, code) => {
    const answer = await ask(query);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('is told to nobody without a token, nor of a foreign portfolio', async () => {
    const path = `/v1/portfolios/DESK/performance-attribution?${period}`;
    expect((await world.request(path, { role: null })).status).toBe(401);
    expect((await world.request(path, { portfolios: ['OTHER'] })).status).toBe(404);
  });
});
