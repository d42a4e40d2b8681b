import {
  barsPublished,
  instrumentDefined,
  positionsChanged,
  positionsStated,
  riskModelPublished,
  type RiskModel,
} from '@risk-budget/contracts';
import type { PreTradeCheck, Reservation } from '../../src/pre-trade/pre-trade.schemas.js';
import {
  instruments,
  lineageOf,
  modelOf,
  positionsOf,
  prices,
  startingQuantities,
  volatilityOf,
  type Name,
  type Quantities,
} from '../fixtures/market.js';
import { riskManager, viewer, World } from './world.js';

const day = (number: number, time = '21:00') => `2020-03-${String(number).padStart(2, '0')}T${time}:00.000Z`;
const trade = (instrumentId: Name, quantityChange: number) => ({
  strategy: 'Growth',
  instrumentId,
  quantityChange: String(quantityChange),
});
const after = (change: Quantities): Quantities =>
  Object.fromEntries(
    Object.entries(startingQuantities).map(([name, quantity]) => [name, quantity + (change[name as Name] ?? 0)]),
  );

async function market(world: World): Promise<void> {
  await world.advance(day(2));
  for (const instrument of instruments) await world.publish(instrumentDefined, day(2), instrument);
  await world.publish(barsPublished, day(2), {
    feed: 'daily',
    interval: 'P1D',
    bars: Object.entries(prices).map(([instrumentId, close]) => ({
      instrumentId,
      time: day(2),
      close: String(close),
      adjustmentFactor: '1',
    })),
  });
  await world.settled();
}

/** A portfolio with positions and a model. */
async function hold(world: World, portfolioId: string): Promise<RiskModel> {
  await world.definePortfolio(portfolioId);
  await world.publish(positionsStated, day(2), positionsOf(portfolioId, day(2), 1));
  const model = modelOf(portfolioId, day(2));
  await world.publish(riskModelPublished, day(2), model);
  await world.settled();
  return model;
}

describe('pre-trade checks', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await market(world);
  });
  afterAll(() => world.stop());

  const check = (portfolioId: string, trades: ReturnType<typeof trade>[], more: Record<string, unknown> = {}) =>
    world.ok<PreTradeCheck>(`/v1/portfolios/${portfolioId}/pre-trade-checks`, {
      as: riskManager,
      body: { trades, ...more },
    });

  it('gives the figures before and after as the evaluator of utilization does, to 1e-10', async () => {
    await hold(world, 'SAME');
    await world.limit({ limitId: 'same', portfolioId: 'SAME', severity: 'hard' });
    const made = await check('SAME', [trade('ALPHA', 50), trade('CHARLIE', -100)]);
    const [limit] = made.limits;
    expect(limit?.before).toBeCloseTo(volatilityOf(startingQuantities), 12);
    expect(limit?.after).toBeCloseTo(volatilityOf(after({ ALPHA: 50, CHARLIE: -100 })), 12);
    expect(made).toMatchObject({ result: 'pass', lineage: { positionSequence: 1, reservations: [] } });
    expect(made.lineage.marks.map(({ instrumentId, price }) => [instrumentId, price])).toEqual([
      ['ALPHA', 100],
      ['CHARLIE', 20],
    ]);
  });

  it('passes, warns and refuses, and passes what reduces a hard breach', async () => {
    await hold(world, 'GRADES');
    const now = volatilityOf(startingQuantities);
    const at = (change: Quantities) => volatilityOf(after(change));
    const soft = (now + at({ ALPHA: 50 })) / 2;
    const hard = (at({ ALPHA: 50 }) + at({ ALPHA: 150 })) / 2;
    await world.limit({ limitId: 'grade-soft', portfolioId: 'GRADES', bound: { kind: 'absolute', value: soft } });
    await world.limit({
      limitId: 'grade-hard',
      portfolioId: 'GRADES',
      severity: 'hard',
      bound: { kind: 'absolute', value: hard },
    });
    await world.limit({
      limitId: 'grade-cash',
      portfolioId: 'GRADES',
      measure: 'cash',
      direction: 'lower',
      severity: 'hard',
      bound: { kind: 'absolute', value: 0.04 },
    });
    expect((await check('GRADES', [trade('BRAVO', 1)])).result).toBe('pass');
    expect((await check('GRADES', [trade('ALPHA', 50)])).result).toBe('soft');
    const refused = await check('GRADES', [trade('ALPHA', 150)]);
    expect(refused.result).toBe('hard');
    expect(refused.limits.map(({ limitId, worsens }) => [limitId, worsens])).toEqual([
      ['grade-cash', false],
      ['grade-hard', true],
      ['grade-soft', true],
    ]);
    expect((await check('GRADES', [trade('BRAVO', 330)])).limits).toMatchObject([
      { limitId: 'grade-cash', worsens: true, breachedAfter: true },
      {},
      {},
    ]);
    // The risk doubles: both volatility limits are broken by the model alone.
    await world.publish(riskModelPublished, day(3), modelOf('GRADES', day(3), 4));
    await world.settled();
    await world.advance(day(3));
    const reducing = await check('GRADES', [trade('ALPHA', -10)]);
    expect(reducing).toMatchObject({ result: 'pass' });
    expect(reducing.limits.find(({ limitId }) => limitId === 'grade-hard')).toMatchObject({
      breachedBefore: true,
      breachedAfter: true,
      worsens: false,
    });
    expect((await check('GRADES', [trade('ALPHA', 1)])).result).toBe('hard');
    const refusals = await world.ok<{ items: PreTradeCheck[] }>('/v1/portfolios/GRADES/pre-trade-checks?result=hard');
    expect(refusals.items.map(({ trades }) => trades[0]?.quantityChange)).toEqual(['1', '330', '150']);
    const one = await world.ok<PreTradeCheck>(`/v1/portfolios/GRADES/pre-trade-checks/${refused.checkId}`);
    expect(one).toEqual(refused);
    const chain = await world.ok<{ items: { action: string }[] }>('/v1/audit/GRADES', { as: riskManager });
    expect(chain.items.filter(({ action }) => action === 'preTrade.refused')).toHaveLength(3);
  });

  it('answers a repeated key with the first answer, and refuses it with another body', async () => {
    await hold(world, 'AGAIN');
    const path = '/v1/portfolios/AGAIN/pre-trade-checks';
    const headers = { 'idempotency-key': 'order-1' };
    const body = { trades: [trade('ALPHA', 5)] };
    const first = await world.request<PreTradeCheck>(path, { as: riskManager, body, headers });
    const second = await world.request<PreTradeCheck>(path, { as: riskManager, body, headers });
    expect(second.body).toEqual(first.body);
    const other = { trades: [trade('ALPHA', 6)] };
    const [, code] = await world.refusal(path, { as: riskManager, body: other, headers });
    expect(code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect((await world.ok<{ items: unknown[] }>(path)).items).toHaveLength(1);
  });

  it('holds headroom for an order until it is executed, released or has expired', async () => {
    await hold(world, 'HELD');
    const bound = volatilityOf(after({ ALPHA: 60 }));
    await world.limit({
      limitId: 'held',
      portfolioId: 'HELD',
      severity: 'hard',
      bound: { kind: 'absolute', value: bound * (1 + 1e-9) },
    });
    const reserve = { reserveForMinutes: 60 };
    const first = await check('HELD', [trade('ALPHA', 40)], reserve);
    expect(first).toMatchObject({ result: 'pass', reservationId: expect.any(String) });
    const second = await check('HELD', [trade('ALPHA', 40)], reserve);
    expect(second).toMatchObject({ result: 'hard', reservationId: null });
    expect(second.lineage.reservations).toEqual([first.reservationId]);
    const path = `/v1/portfolios/HELD/reservations`;
    await world.ok(`${path}/${first.reservationId}/release`, { as: riskManager, body: {} });
    expect(await world.refusal(`${path}/${first.reservationId}/release`, { as: riskManager, body: {} })).toEqual([
      409,
      'LIMITS.RESERVATION_NOT_OPEN',
    ]);
    const third = await check('HELD', [trade('ALPHA', 40)], reserve);
    expect(third.result).toBe('pass');
    await world.advance(day(3, '22:30'));
    expect((await check('HELD', [trade('ALPHA', 40)])).result).toBe('pass');
    const fourth = await check('HELD', [trade('ALPHA', 40)], reserve);
    await world.publish(positionsChanged, day(3, '22:31'), {
      portfolioId: 'HELD',
      asOf: day(3, '22:31'),
      sequence: 2,
      changes: [{ ...trade('ALPHA', 40), price: '100', reservationId: fourth.reservationId ?? '' }],
      cashChanges: [{ currency: 'USD', amount: '-4000' }],
    });
    await world.settled();
    await world.advance(day(3, '22:32'));
    const { items } = await world.ok<{ items: Reservation[] }>(path);
    expect(items.map(({ state }) => state)).toEqual(['used', 'expired', 'released']);
    const last = await check('HELD', [trade('ALPHA', 20)]);
    expect(last).toMatchObject({ result: 'pass', lineage: { positionSequence: 2, reservations: [] } });
    expect(last.limits[0]?.before).toBeCloseTo(volatilityOf(after({ ALPHA: 40 })), 12);
  });

  it('does not lend what an order to sell would free, and counts what an order to buy uses', async () => {
    await hold(world, 'SOLD');
    const now = volatilityOf(startingQuantities);
    const bound = (value: number) => ({ bound: { kind: 'absolute' as const, value } });
    const risk = volatilityOf(after({ ALPHA: 60 })) * (1 + 1e-9);
    await world.limit({ limitId: 'sold-risk', portfolioId: 'SOLD', severity: 'hard', ...bound(risk) });
    await world.limit({
      limitId: 'sold-cash',
      portfolioId: 'SOLD',
      measure: 'cash',
      direction: 'lower',
      severity: 'hard',
      ...bound(0.1),
    });
    const reserve = { reserveForMinutes: 60 };
    // A sale of ALPHA frees risk and cash; neither is there before it is executed.
    const sale = await check('SOLD', [trade('ALPHA', -100)], reserve);
    expect(sale).toMatchObject({ result: 'pass', reservationId: expect.any(String) });
    expect(await check('SOLD', [trade('ALPHA', 80)])).toMatchObject({
      result: 'hard',
      limits: [
        { limitId: 'sold-cash', worsens: false },
        { limitId: 'sold-risk', worsens: true, before: expect.closeTo(now, 12) },
      ],
    });
    expect(await check('SOLD', [trade('BRAVO', 210)])).toMatchObject({
      limits: [
        { limitId: 'sold-cash', worsens: true, before: expect.closeTo(0.2, 12), after: expect.closeTo(0.095, 12) },
        {},
      ],
    });
    // A switch: its purchase counts, its sale does not.
    await check('SOLD', [trade('ALPHA', 40), trade('BRAVO', -80)], reserve);
    const second = await check('SOLD', [trade('ALPHA', 25)]);
    expect(second.result).toBe('hard');
    expect(second.limits.find(({ limitId }) => limitId === 'sold-risk')?.after).toBeCloseTo(
      volatilityOf(after({ ALPHA: 65 })),
      12,
    );
    expect((await check('SOLD', [trade('ALPHA', 15)])).result).toBe('pass');
  });

  it('lets a trade that reduces a hard breach pass while others are under way', async () => {
    await hold(world, 'LESS');
    const bound = volatilityOf(startingQuantities) * 0.9;
    await world.limit({
      limitId: 'less',
      portfolioId: 'LESS',
      severity: 'hard',
      bound: { kind: 'absolute', value: bound },
    });
    await check('LESS', [trade('ALPHA', -50)], { reserveForMinutes: 60 });
    expect((await check('LESS', [trade('ALPHA', -20)])).result).toBe('pass');
    expect((await check('LESS', [trade('ALPHA', 1)])).result).toBe('hard');
  });

  it('refuses what it cannot compute, with a code', async () => {
    await world.definePortfolio('EMPTY');
    const path = (id: string) => `/v1/portfolios/${id}/pre-trade-checks`;
    const body = { trades: [trade('ALPHA', 1)] };
    expect(await world.refusal(path('EMPTY'), { as: riskManager, body })).toEqual([422, 'MARKET_DATA.NO_POSITIONS']);
    expect(await world.refusal(path('NOWHERE'), { as: riskManager, body })).toEqual([404, 'LIMITS.UNKNOWN_PORTFOLIO']);
    for (const list of ['pre-trade-checks', 'reservations']) {
      expect(await world.refusal(`/v1/portfolios/NOWHERE/${list}`)).toEqual([404, 'LIMITS.UNKNOWN_PORTFOLIO']);
    }
    await hold(world, 'KNOWN');
    const unknown = { trades: [{ ...trade('ALPHA', 1), instrumentId: 'NOBODY' }] };
    const refused = await world.request(path('KNOWN'), { as: riskManager, body: unknown });
    expect(refused).toMatchObject({ status: 422, body: { code: 'MARKET_DATA.UNKNOWN_INSTRUMENT' } });
    expect(await world.refusal(path('KNOWN'), { as: viewer, body })).toEqual([403, 'ROLE_REQUIRED']);
  });
});

describe('nature of breaches', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await market(world);
  });
  afterAll(() => world.stop());

  const bound = (value: number) => ({ kind: 'absolute' as const, value });
  const buy = (portfolioId: string, sequence: number, at: string, quantity: number) =>
    world.publish(positionsChanged, at, {
      portfolioId,
      asOf: at,
      sequence,
      changes: [{ ...trade('ALPHA', quantity), price: '100' }],
      cashChanges: [{ currency: 'USD', amount: String(-100 * quantity) }],
    });

  it('is active when a trade took the figure beyond the bound', async () => {
    const model = await hold(world, 'TRADED');
    const now = volatilityOf(startingQuantities);
    await world.limit({ limitId: 'traded', portfolioId: 'TRADED', bound: bound(now * 1.001) });
    await world.snapshot('TRADED', now, day(2), { nav: 100_000, lineage: lineageOf(model, 1) });
    await buy('TRADED', 2, day(3), 50);
    await world.settled();
    const after50 = volatilityOf(after({ ALPHA: 50 }));
    await world.snapshot('TRADED', after50, day(3), { nav: 100_000, lineage: lineageOf(model, 2), cause: 'position' });
    expect(await world.breach('traded')).toMatchObject({ state: 'open', nature: 'active' });
  });

  it('is passive when the previous holdings would be beyond it as well, though something was traded', async () => {
    const model = await hold(world, 'MODEL');
    const now = volatilityOf(startingQuantities);
    await world.limit({ limitId: 'model', portfolioId: 'MODEL', bound: bound(now * 1.2) });
    await world.snapshot('MODEL', now, day(2), { nav: 100_000, lineage: lineageOf(model, 1) });
    const riskier = modelOf('MODEL', day(3), 2.25);
    await world.publish(riskModelPublished, day(3), riskier);
    await buy('MODEL', 2, day(3), -20);
    await world.settled();
    const value = volatilityOf(after({ ALPHA: -20 }), 2.25);
    await world.snapshot('MODEL', value, day(3), { nav: 100_000, lineage: lineageOf(riskier, 2), cause: 'model' });
    expect(await world.breach('model')).toMatchObject({ state: 'open', nature: 'passive' });
    await buy('MODEL', 3, day(4), 30);
    await world.settled();
    const worse = volatilityOf(after({ ALPHA: 10 }), 2.25);
    await world.snapshot('MODEL', worse, day(4), { nav: 100_000, lineage: lineageOf(riskier, 3), cause: 'position' });
    expect(await world.breach('model')).toMatchObject({ state: 'open', nature: 'active', worstValue: worse });
    expect((await world.breachEvents('MODEL')).map(({ transition, nature }) => [transition, nature])).toEqual([
      ['opened', 'passive'],
      ['worsened', 'active'],
    ]);
    expect((await world.notifications('MODEL')).map((told) => told.at)).toEqual([day(3), day(4)]);
  });

  it('opens though the positions behind the snapshot never arrive here; what it was taken for decides on its nature', async () => {
    const model = await hold(world, 'LATE');
    const now = volatilityOf(startingQuantities);
    await world.limit({ limitId: 'late', portfolioId: 'LATE', bound: bound(now * 1.001) });
    await world.snapshot('LATE', now, day(2), { nav: 100_000, lineage: lineageOf(model, 1) });
    await world.snapshot('LATE', now * 1.1, day(3), { nav: 100_000, lineage: lineageOf(model, 2), cause: 'position' });
    expect(await world.breach('late')).toMatchObject({ state: 'open', nature: 'active' });
  });
});
