import { seenAt } from '@risk-budget/market-data';
import { close, createTestStores, equity, known, type TestStores } from '../support/stores.js';

const bar = (instrumentId: string, date: string, price: string) => ({
  instrumentId,
  time: close(date),
  close: price,
  adjustmentFactor: '1',
});

describe('bars', () => {
  let stores: TestStores;
  beforeAll(async () => {
    stores = await createTestStores();
  });
  afterAll(() => stores?.close());

  it('change nothing when they come again', async () => {
    const bars = [bar('A', '2020-01-02', '10'), bar('A', '2020-01-03', '11'), bar('B', '2020-01-02', '5')];
    const first = await stores.prices.put(bars, known(close('2020-01-03')));
    expect(first).toMatchObject({
      ...{ inserted: 3, corrected: 0, unchanged: 0, instrumentIds: ['A', 'B'], earliest: close('2020-01-02') },
    });
    const again = await stores.prices.put(bars, known(close('2020-01-06')));
    expect(again).toMatchObject({ inserted: 0, corrected: 0, unchanged: 3, instrumentIds: [], earliest: undefined });
  });

  it('are corrected by a later one, and read as known before and after it', async () => {
    const corrected = await stores.prices.put([bar('A', '2020-01-02', '10.5')], known(close('2020-02-03')));
    expect(corrected).toMatchObject({ inserted: 0, corrected: 1, unchanged: 0, instrumentIds: ['A'] });
    const read = async (knownAt: string) =>
      (await stores.prices.bars({ instrumentIds: ['A'], to: close('2020-01-02'), knownAt })).map((one) => one.close);
    expect(await read(close('2020-02-02'))).toEqual(['10']);
    expect(await read(close('2020-02-03'))).toEqual(['10.5']);
    expect((await stores.prices.revisions('A', close('2020-01-02'))).map((one) => one.revision)).toEqual([1, 2]);
  });

  it('are corrected also where they are old enough to lie compressed', async () => {
    await stores.prices.put([bar('Z', '2009-01-02', '10'), bar('Z', '2009-01-05', '11')], known(close('2009-01-05')));
    await stores.compress('md_bar');
    expect(
      await stores.prices.put(
        [bar('Z', '2009-01-02', '10.5'), bar('Z', '2009-01-05', '11'), bar('Z', '2009-01-06', '12')],
        known(close('2020-02-03')),
      ),
    ).toMatchObject({ inserted: 1, corrected: 1, unchanged: 1 });
    const read = async (knownAt: string) =>
      (await stores.prices.bars({ instrumentIds: ['Z'], to: close('2009-01-06'), knownAt })).map((one) => one.close);
    expect(await read(close('2020-02-02'))).toEqual(['10', '11']);
    expect(await read(close('2020-02-03'))).toEqual(['10.5', '11', '12']);
  });

  it('that come late do not replace what became known after them', async () => {
    await stores.prices.put([bar('L', '2020-01-02', '3')], known(close('2020-01-05')));
    await stores.prices.put([bar('L', '2020-01-02', '1')], known(close('2020-01-02')));
    await stores.prices.put([bar('L', '2020-01-02', '2')], known(close('2020-01-03')));
    const marks = await Promise.all(
      ['2020-01-02', '2020-01-03', '2020-01-04', '2020-01-05'].map(
        async (date) => (await stores.marks.marks(['L'], seenAt(close(date)))).get('L')?.price,
      ),
    );
    expect(marks).toEqual([1, 2, 2, 3]);
  });

  it('of one message that speak twice of a bar count as they come last', async () => {
    await stores.prices.put([bar('T', '2020-01-02', '1'), bar('T', '2020-01-02', '2')], known(close('2020-01-02')));
    expect((await stores.marks.marks(['T'], seenAt(close('2020-01-02')))).get('T')?.price).toBe(2);
  });

  it('may be as old as they like: the partitions come with them', async () => {
    await stores.prices.put([bar('OLD', '1962-01-02', '1'), bar('OLD', '2031-01-02', '2')], known(close('2031-01-02')));
    expect(await stores.prices.coverage(['OLD'])).toEqual([
      { instrumentId: 'OLD', firstDate: '1962-01-02', lastDate: '2031-01-02', bars: 2, corrections: 0 },
    ]);
    expect(await stores.prices.newest(['OLD', 'NONE'])).toEqual(new Map([['OLD', close('2031-01-02')]]));
  });

  it('are paged by instrument and time', async () => {
    const all = await stores.prices.bars({ to: close('2020-12-31'), knownAt: close('2020-12-31') });
    const first = await stores.prices.bars({ to: close('2020-12-31'), knownAt: close('2020-12-31'), limit: 2 });
    const rest = await stores.prices.bars({ to: close('2020-12-31'), knownAt: close('2020-12-31'), after: first[1] });
    expect([...first, ...rest]).toEqual(all);
  });
});

describe('marks', () => {
  let stores: TestStores;
  beforeAll(async () => {
    stores = await createTestStores();
    await stores.instruments.put([equity('A')], known(close('2020-01-01')));
    await stores.prices.put([bar('A', '2020-01-02', '100')], known(close('2020-01-02')));
  });
  afterAll(() => stores?.close());

  it('are the newest of bars and ticks, and the bar at its own time', async () => {
    const tick = (time: string, price: string) => ({ instrumentId: 'A', time, price, source: known(time) });
    await stores.ticks.put([tick('2020-01-03T15:00:00.000Z', '101'), tick('2020-01-03T15:00:00.000Z', '102')]);
    const price = async (time: string) => (await stores.marks.marks(['A', 'NONE'], seenAt(time))).get('A');
    expect(await price('2020-01-03T14:59:59.999Z')).toMatchObject({ price: 100, source: 'bar' });
    expect(await price('2020-01-03T15:00:00.000Z')).toMatchObject({ price: 102, source: 'tick' });
    await stores.ticks.put([tick(close('2020-01-03'), '103')]);
    await stores.prices.put([bar('A', '2020-01-03', '104')], known(close('2020-01-03')));
    expect(await price(close('2020-01-03'))).toMatchObject({ price: 104, source: 'bar' });
  });

  it('of a day are summed up by hours, with ticks that come when the day lies compressed', async () => {
    const tick = (time: string, price: string) => ({ instrumentId: 'H', time, price, source: known(time) });
    const at = '2020-02-03T15:00:00.000Z';
    await stores.ticks.put([tick(at, '101'), tick(at, '102'), tick('2020-02-03T16:30:00.000Z', '99.5')]);
    await stores.compress('md_tick');
    await stores.ticks.put([tick('2020-02-03T15:59:59.999Z', '100.25')]);
    const query = { instrumentIds: ['H', 'NONE'], from: '2020-02-03T00:00:00.000Z', to: '2020-02-03T23:00:00.000Z' };
    const [first, second] = await stores.ticks.hours({ ...query, limit: 10 });
    expect(first).toEqual({
      ...{ instrumentId: 'H', time: at, open: '101', high: '102', low: '100.25', close: '100.25', ticks: 3 },
    });
    expect(second).toMatchObject({ time: '2020-02-03T16:00:00.000Z', open: '99.5', ticks: 1 });
    expect(await stores.ticks.hours({ ...query, limit: 1 })).toEqual([first]);
    expect(await stores.ticks.hours({ ...query, after: { instrumentId: 'H', time: at }, limit: 1 })).toEqual([second]);
  });

  it('from before a split are in units of today', async () => {
    const split = {
      kind: 'split' as const,
      instrumentId: 'A',
      exDate: '2020-01-06',
      ratio: '4',
      positions: 'before' as const,
    };
    expect(await stores.corporateActions.put(split, known(close('2020-01-03')))).toBe(true);
    expect(await stores.corporateActions.put(split, known(close('2020-01-04')))).toBe(false);
    const price = async (time: string) => (await stores.marks.marks(['A'], seenAt(time))).get('A')?.price;
    expect(await price('2020-01-05T21:00:00.000Z')).toBe(104);
    expect(await price('2020-01-06T14:30:00.000Z')).toBe(26);
    await stores.prices.put([bar('A', '2020-01-06', '26.5')], known(close('2020-01-06')));
    expect(await price(close('2020-01-06'))).toBe(26.5);
  });
});
