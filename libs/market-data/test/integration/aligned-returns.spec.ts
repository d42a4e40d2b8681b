import { proxyReturns, createReturns } from '@risk-budget/risk-math';
import type { AlignedReturnsQuery } from '@risk-budget/market-data';
import { xnys } from '@risk-budget/market-data';
import { close, createTestStores, equity, known, type TestStores } from '../support/stores.js';

/** Trading days up to 2020-02-28, the last one. */
const days = Array.from({ length: 60 }, (_, i) => xnys.addBusinessDays('2020-02-28', i - 59));
const end = close(days.at(-1) ?? '');

/** A price that moves by a pattern of its own. */
const price = (seed: number, day: number): number =>
  100 * (1 + 0.01 * seed) * (1 + 0.02 * Math.sin(seed + day * (1 + seed / 7)));
const text = (value: number): string => value.toFixed(6);

describe('aligned returns', () => {
  let stores: TestStores;
  const query = (instrumentIds: readonly string[], more: Partial<AlignedReturnsQuery> = {}): AlignedReturnsQuery => ({
    ...{ instrumentIds, baseCurrency: 'USD', end, knownAt: end, days: 20, minimumHistory: 15 },
    ...more,
  });
  const put = (instrumentId: string, closes: readonly (string | undefined)[], knownAt = end, first = 0) =>
    stores.prices.put(
      closes.flatMap((value, i) =>
        value === undefined
          ? []
          : [{ instrumentId, time: close(days[first + i] ?? ''), close: value, adjustmentFactor: '1' }],
      ),
      known(knownAt),
    );
  const column = async (
    id: string,
    more: Partial<AlignedReturnsQuery> = {},
    ids = ['A', 'B', id],
  ): Promise<number[]> => {
    const aligned = await stores.prices.alignedReturns(query([...new Set(ids)], more));
    const index = aligned.instrumentIds.indexOf(id);
    return aligned.dates.map((_, t) => aligned.values[t * aligned.instrumentIds.length + index] ?? NaN);
  };
  const pattern = (seed: number): string[] => days.map((_, i) => text(price(seed, i)));
  const returnsOf = (seed: number): number[] =>
    days.slice(-20).map((_, t) => Number(text(price(seed, 40 + t))) / Number(text(price(seed, 39 + t))) - 1);
  const expectClose = (actual: readonly number[], expected: readonly number[]): void => {
    expect(actual).toHaveLength(expected.length);
    actual.forEach((value, t) => expect(value).toBeCloseTo(expected[t] ?? NaN, 12));
  };

  beforeAll(async () => {
    stores = await createTestStores();
    await stores.instruments.put(
      [equity('A'), equity('B'), equity('C'), equity('NEW'), equity('T', { sector: 'Technology' })],
      known(close('2019-01-02')),
    );
    await put('A', pattern(1));
    await put('B', pattern(2));
  });
  afterAll(() => stores?.close());

  it('are simple returns on the common trading days', async () => {
    const aligned = await stores.prices.alignedReturns(query(['A', 'B']));
    expect(aligned.dates).toEqual(days.slice(-20));
    expect(aligned).toMatchObject({
      startDate: days[39],
      lastBarTime: end,
      observations: [20, 20],
      holes: [],
      proxied: [],
    });
    expectClose(await column('A'), returnsOf(1));
    expectClose(await column('B'), returnsOf(2));
  });

  it('do not move by a split, stated or late', async () => {
    const closes = days.map((_, i) => text(i < 50 ? price(3, i) * 4 : price(3, i)));
    await put('S', closes);
    await stores.instruments.put([equity('S')], known(close('2019-01-02')));
    expect((await column('S'))[10]).toBeLessThan(-0.7);
    await stores.corporateActions.put(
      { kind: 'split', instrumentId: 'S', exDate: days[50] ?? '', ratio: '4', positions: 'before' },
      known(end),
    );
    const adjusted = await column('S');
    returnsOf(3).forEach((value, t) => expect(adjusted[t]).toBeCloseTo(value, 6));
    expect(await column('S', { end: close(days[49] ?? '') })).toHaveLength(20);
  });

  it('use a factor that a bar brings for the actions it accounts for', async () => {
    await stores.prices.put(
      days.map((date, i) => ({
        ...{ instrumentId: 'F', time: close(date), close: text(i < 50 ? price(3, i) * 4 : price(3, i)) },
        ...(i < 50 ? { adjustmentFactor: '0.25', adjustedThrough: days[50] } : { adjustmentFactor: '1' }),
      })),
      known(end),
    );
    await stores.corporateActions.put(
      { kind: 'split', instrumentId: 'F', exDate: days[50] ?? '', ratio: '4', positions: 'after' },
      known(end),
    );
    const adjusted = await column('F');
    returnsOf(3).forEach((value, t) => expect(adjusted[t]).toBeCloseTo(value, 6));
  });

  it('do not move by a dividend that the price falls by', async () => {
    await put(
      'D',
      days.map((_, i) => (i < 50 ? '50' : '48')),
    );
    await stores.corporateActions.put(
      { kind: 'dividend', instrumentId: 'D', exDate: days[50] ?? '', amount: '2', positions: 'after' },
      known(end),
    );
    expectClose(
      await column('D'),
      Array.from({ length: 20 }, () => 0),
    );
  });

  it('see a late correction only when it is known', async () => {
    await put('C', pattern(4), close(days[55] ?? ''));
    const before = await column('C');
    await put('C', [text(2 * price(4, 50))], close('2020-03-02'), 50);
    expectClose(await column('C'), before);
    const after = await column('C', { knownAt: close('2020-03-02') });
    expect(after[10]).toBeCloseTo((2 * Number(text(price(4, 50)))) / Number(text(price(4, 49))) - 1, 6);
    expectClose(await column('C', { knownAt: close('2020-03-01') }), before);
  });

  it('carry a price over missing days and say so', async () => {
    const closes = days.map((_, i) => (i === 45 || i === 46 || i === 59 ? undefined : text(price(5, i))));
    await put('H', closes);
    await stores.instruments.put([equity('H')], known(close('2019-01-02')));
    const aligned = await stores.prices.alignedReturns(query(['A', 'B', 'H']));
    expect(aligned.holes).toEqual([{ instrumentId: 'H', missingDays: 3, dates: [days[45], days[46], days[59]] }]);
    expect(aligned.stale).toEqual(['H']);
    expect(aligned.observations).toEqual([20, 20, 20]);
    const returns = await column('H');
    expect([returns[5], returns[6], returns[19]]).toEqual([0, 0, 0]);
    expect(returns[7]).toBeCloseTo(Number(text(price(5, 47))) / Number(text(price(5, 44))) - 1, 12);
  });

  it('replace days after a long silence, and the jump at its end, by the sector', async () => {
    const closes = days.map((_, i) => (i >= 44 && i < 48 ? undefined : text(price(6, i))));
    await put('L', closes);
    await stores.instruments.put([equity('L')], known(close('2019-01-02')));
    const aligned = await stores.prices.alignedReturns(query(['A', 'B', 'L'], { maximumCarryDays: 3 }));
    expect(aligned.proxied).toMatchObject([
      { instrumentId: 'L', extent: 'missingDays', observations: 15, sector: 'Energy' },
    ]);
    expect(aligned.holes).toEqual([]);
    const whole = await stores.prices.alignedReturns(
      query(['A', 'B', 'L'], { maximumCarryDays: 3, minimumHistory: 16 }),
    );
    expect(whole.proxied).toMatchObject([{ instrumentId: 'L', extent: 'whole', observations: 15 }]);
  });

  it('of a name without history are those of its sector, no calmer than its median member', async () => {
    await put('NEW', [text(10), text(11)], end, 58);
    const aligned = await stores.prices.alignedReturns(query(['A', 'NEW']));
    const [proxy] = aligned.proxied;
    expect(proxy).toMatchObject({ instrumentId: 'NEW', sector: 'Energy', observations: 1, extent: 'whole' });
    const members = proxy?.members ?? [];
    expect(members).toEqual(['A', 'B', 'C', 'H', 'L', 'S']);
    const columns = await Promise.all(members.map((id) => column(id, {}, ['A', id])));
    const rows = Float64Array.from(
      { length: 20 * members.length },
      (_, k) => columns[k % members.length]?.[Math.floor(k / members.length)] ?? NaN,
    );
    const expected = proxyReturns(createReturns(rows, 20, members.length));
    expect(proxy?.scale).toBe(expected.multiplier);
    expectClose(await column('NEW', {}, ['A', 'NEW']), [...expected.values]);
  });

  it('of a name in a sector of its own are those of all', async () => {
    const aligned = await stores.prices.alignedReturns(query(['A', 'T']));
    expect(aligned.proxied).toMatchObject([{ instrumentId: 'T', sector: '*', observations: 0 }]);
    expect(aligned.unavailable).toEqual([]);
  });

  it('of a foreign name are in base currency', async () => {
    await stores.instruments.put([equity('X', { currency: 'EUR' })], known(close('2019-01-02')));
    await put('X', pattern(7));
    await stores.rates.put(
      days.map((date, i) => ({ pair: 'EURUSD', time: close(date), rate: text(1.1 + 0.01 * Math.cos(i)) })),
      known(end),
    );
    const rate = (i: number): number => Number(text(1.1 + 0.01 * Math.cos(i)));
    expectClose(
      await column('X'),
      returnsOf(7).map((local, t) => ((1 + local) * rate(40 + t)) / rate(39 + t) - 1),
    );
    const inEuro = await column('A', { baseCurrency: 'EUR' });
    expectClose(
      inEuro,
      returnsOf(1).map((local, t) => ((1 + local) * rate(39 + t)) / rate(40 + t) - 1),
    );
  });

  it('name instruments whose day ends at another time', async () => {
    await stores.prices.put(
      days.map((date, i) => ({
        instrumentId: 'TOK',
        time: `${date}T06:00:00.000Z`,
        close: text(price(8, i)),
        adjustmentFactor: '1',
      })),
      known(end),
    );
    const aligned = await stores.prices.alignedReturns(query(['A', 'B', 'TOK']));
    expect(aligned.nonSynchronous).toEqual([{ instrumentId: 'TOK', barTime: '06:00:00Z', usualTime: '21:00:00Z' }]);
  });

  it('are the same from memory, from the database, and in a transaction that has written bars', async () => {
    const asked = query(['A', 'B'], { end: close('2020-03-31'), knownAt: close('2020-03-31') });
    const values = async (other: Awaited<ReturnType<typeof stores.second>> | TestStores) => [
      ...(await other.prices.alignedReturns(asked)).values,
    ];
    const before = await values(stores);
    const bar = (instrumentId: string, date: string, value: string) => ({
      ...{ instrumentId, time: close(date), close: value, adjustmentFactor: '1' },
    });
    const rolledBack = stores.persistence.transaction(async (tx) => {
      await stores.prices.put(
        [bar('A', '2020-03-02', '77'), bar('B', '2020-03-02', '88')],
        known(close('2020-03-02')),
        tx,
      );
      const inside = await stores.prices.alignedReturns(asked, tx);
      expect(inside.dates.at(-1)).toBe('2020-03-02');
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    expect(await values(stores)).toEqual(before);
    await stores.prices.put([bar('A', '2020-03-02', '77'), bar('B', '2020-03-02', '88')], known(close('2020-03-02')));
    await stores.prices.put([bar('A', days[45] ?? '', '123')], known(close('2020-03-02')));
    const fresh = await stores.second();
    const after = await values(stores);
    expect(after).not.toEqual(before);
    expect(after).toEqual(await values(fresh));
  });

  it('refuse a question without two days', async () => {
    await expect(stores.prices.alignedReturns(query(['NONE']))).rejects.toMatchObject({
      code: 'MARKET_DATA.NO_HISTORY',
    });
  });
});
