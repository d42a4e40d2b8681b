import fc from 'fast-check';
import { seenAt } from '@risk-budget/market-data';
import { close, createTestStores, known, type TestStores } from '../support/stores.js';

const asOf = (sequence: number): string => close(`2020-01-${String(sequence).padStart(2, '0')}`);
const late = seenAt(close('2020-12-31'));

describe('position statements', () => {
  let stores: TestStores;
  beforeAll(async () => {
    stores = await createTestStores();
  });
  afterAll(() => stores?.close());

  const snapshot = (portfolioId: string, sequence: number, quantity: string) => ({
    ...{ portfolioId, asOf: asOf(sequence), sequence, cash: [] },
    positions: [{ instrumentId: 'A', strategy: 's', quantity }],
  });
  const change = (portfolioId: string, sequence: number, quantityChange: string) => ({
    ...{ portfolioId, asOf: asOf(sequence), sequence, cashChanges: [] },
    changes: [{ instrumentId: 'A', strategy: 's', quantityChange }],
  });
  const quantity = async (portfolioId: string, at = late) =>
    (await stores.positions.holdings(portfolioId, at))?.positions[0]?.quantity;

  it('change nothing when they come again, and replace when they are corrected', async () => {
    const first = await stores.positions.putSnapshot(snapshot('P', 1, '10'), known(asOf(1)));
    expect(first).toEqual({ changed: true, latest: true });
    const again = await stores.positions.putSnapshot(snapshot('P', 1, '10'), known(asOf(3)));
    expect(again).toEqual({ changed: false, latest: true });
    await stores.positions.putSnapshot(snapshot('P', 1, '12'), known(asOf(5)));
    expect(await quantity('P')).toBe('12');
    expect(await quantity('P', { asOf: asOf(9), knownAt: asOf(4) })).toBe('10');
  });

  it('with a lower sequence are kept but do not replace what stands', async () => {
    await stores.positions.putSnapshot(snapshot('Q', 5, '50'), known(asOf(5)));
    expect(await stores.positions.putSnapshot(snapshot('Q', 3, '30'), known(asOf(6)))).toEqual({
      ...{ changed: true, latest: false },
    });
    expect(await quantity('Q')).toBe('50');
    expect(await quantity('Q', { asOf: asOf(4), knownAt: asOf(6) })).toBe('30');
    expect(await quantity('Q', { asOf: asOf(4), knownAt: asOf(5) })).toBeUndefined();
  });

  it('that come before their predecessor leave a gap until it comes', async () => {
    await stores.positions.putSnapshot(snapshot('G', 1, '10'), known(asOf(1)));
    await stores.positions.putChanges(change('G', 3, '1'), known(asOf(3)));
    expect(await stores.positions.holdings('G', late)).toMatchObject({ gaps: [2], sequence: 3 });
    const filled = await stores.positions.putChanges(change('G', 2, '5'), known(asOf(2)));
    expect(filled).toEqual({ changed: true, latest: false });
    expect(await stores.positions.holdings('G', late)).toMatchObject({ gaps: [], positions: [{ quantity: '16' }] });
  });

  it('answer of any age alike, also where a snapshot is corrected to a later day', async () => {
    for (const day of [1, 2, 3, 4, 5])
      await stores.positions.putSnapshot(snapshot('O', day, `${day}`), known(asOf(day)));
    const days = [1, 2, 3, 4, 5];
    const asked = (): Promise<(string | undefined)[]> =>
      Promise.all(days.map((day) => quantity('O', { asOf: asOf(day), knownAt: late.knownAt })));
    expect(await asked()).toEqual(['1', '2', '3', '4', '5']);
    expect((await stores.positions.holdings('O', late, undefined, 2))?.positions[0]?.quantity).toBe('2');
    // The second and the last are said to have been of the sixth: until then what came before them stands.
    for (const day of [2, 5]) {
      await stores.positions.putSnapshot({ ...snapshot('O', day, `${day}`), asOf: asOf(6) }, known(asOf(7)));
    }
    expect(await asked()).toEqual(['1', '1', '3', '4', '4']);
    expect(await quantity('O', { asOf: asOf(5), knownAt: asOf(6) })).toBe('5');
    await stores.positions.putChanges(change('O', 6, '-5'), known(asOf(8)));
  });

  it('say who holds an instrument', async () => {
    expect(await stores.positions.holders(['A', 'B'], late)).toEqual(['G', 'P', 'Q']);
    expect(await stores.positions.holders(['B'], late)).toEqual([]);
    await stores.positions.putChanges(change('Q', 6, '-50'), known(asOf(7)));
    expect(await stores.positions.holders(['A'], late)).toEqual(['G', 'P']);
  });

  it('are the same in whatever order and however often they arrive', async () => {
    let run = 0;
    const statement = fc.record({ isSnapshot: fc.boolean(), quantity: fc.integer({ min: -50, max: 50 }).map(String) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(statement, { minLength: 1, maxLength: 7 }),
        fc.infiniteStream(fc.nat()),
        async (list, random) => {
          const portfolioId = `R${run++}`;
          const statements = list.map((one, i) => ({ ...one, sequence: i + 1, source: known(asOf(i + 1)) }));
          const put = ({ isSnapshot, quantity: amount, sequence, source }: (typeof statements)[number]) =>
            isSnapshot || sequence === 1
              ? stores.positions.putSnapshot(snapshot(portfolioId, sequence, amount), source)
              : stores.positions.putChanges(change(portfolioId, sequence, amount), source);
          const order = [...statements, ...statements]
            .map((one) => ({ one, at: random.next().value ?? 0 }))
            .sort((a, b) => a.at - b.at);
          for (const { one } of order) await put(one);
          for (let upTo = 1; upTo <= statements.length; upTo++) {
            const part = statements.slice(0, upTo);
            const start = part.findLastIndex((one) => one.isSnapshot || one.sequence === 1);
            const sum = part.slice(start).reduce((total, one) => total + Number(one.quantity), 0);
            const holdings = await stores.positions.holdings(portfolioId, seenAt(asOf(upTo)));
            expect(Number(holdings?.positions[0]?.quantity ?? 0)).toBe(sum);
            expect(holdings).toMatchObject({ sequence: upTo, snapshotSequence: start + 1, gaps: [] });
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
