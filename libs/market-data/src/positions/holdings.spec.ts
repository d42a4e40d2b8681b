import { addDecimals, multiplyDecimals, normalizeDecimal } from '@risk-budget/persistence';
import type { CorporateAction } from '@risk-budget/contracts';
import fc from 'fast-check';
import { seenAt } from '../common/as-of.js';
import { holdingsOf } from './holdings.js';
import type { Statement } from './statements.js';

const close = (date: string): string => `${date}T21:00:00.000Z`;
const none = new Map<string, CorporateAction[]>();

const snapshot = (
  sequence: number,
  date: string,
  positions: Record<string, string>,
  cash: Record<string, string> = {},
): Statement => ({
  ...{ kind: 'snapshot', sequence, asOf: close(date) },
  body: {
    ...{ portfolioId: 'P', asOf: close(date), sequence },
    positions: Object.entries(positions).map(([instrumentId, quantity]) => ({ instrumentId, strategy: 's', quantity })),
    cash: Object.entries(cash).map(([currency, amount]) => ({ currency, amount })),
  },
});

const changes = (
  sequence: number,
  date: string,
  moved: Record<string, string>,
  cash: Record<string, string> = {},
): Statement => ({
  ...{ kind: 'changes', sequence, asOf: close(date) },
  body: {
    ...{ portfolioId: 'P', asOf: close(date), sequence },
    changes: Object.entries(moved).map(([instrumentId, quantityChange]) => ({
      ...{ instrumentId, strategy: 's', quantityChange },
    })),
    cashChanges: Object.entries(cash).map(([currency, amount]) => ({ currency, amount })),
  },
});

const held = (date: string, statements: readonly Statement[], actions: readonly CorporateAction[] = []) => {
  const byInstrument = new Map<string, CorporateAction[]>();
  for (const action of actions) {
    if (action.exDate > date) continue;
    byInstrument.set(action.instrumentId, [...(byInstrument.get(action.instrumentId) ?? []), action]);
  }
  return holdingsOf('P', seenAt(close(date)), statements, byInstrument);
};

const quantities = (holdings: ReturnType<typeof held>): Record<string, string> =>
  Object.fromEntries((holdings?.positions ?? []).map(({ instrumentId, quantity }) => [instrumentId, quantity]));

const split = (exDate: string, ratio: string, positions: 'before' | 'after'): CorporateAction => ({
  ...{ kind: 'split', instrumentId: 'A', exDate, ratio, positions },
});

describe('holdings', () => {
  it('are a snapshot and the changes after it, exactly', () => {
    const holdings = held('2020-01-06', [
      snapshot(3, '2020-01-02', { A: '0.1', B: '5' }, { USD: '100' }),
      changes(4, '2020-01-03', { A: '0.2', B: '-5' }, { USD: '-12.345', EUR: '1' }),
    ]);
    expect(quantities(holdings)).toEqual({ A: '0.3' });
    expect(holdings).toMatchObject({
      ...{ sequence: 4, snapshotSequence: 3, statedAt: close('2020-01-03'), gaps: [] },
      cash: [
        { currency: 'EUR', amount: '1' },
        { currency: 'USD', amount: '87.655' },
      ],
    });
  });

  it('name the sequences that have not come', () => {
    const holdings = held('2020-01-06', [snapshot(2, '2020-01-02', { A: '1' }), changes(5, '2020-01-03', { A: '1' })]);
    expect(holdings?.gaps).toEqual([3, 4]);
  });

  it('are unknown without a snapshot', () => {
    expect(held('2020-01-06', [changes(1, '2020-01-03', { A: '1' })])).toBeUndefined();
    expect(held('2020-01-06', [])).toBeUndefined();
  });

  it.each([
    ['before its ex-date', 'before' as const, '2020-01-02', '40'],
    ['before its ex-date', 'after' as const, '2020-01-02', '40'],
    ['on its ex-date, counting shares before it', 'before' as const, '2020-01-06', '40'],
    ['on its ex-date, counting shares after it', 'after' as const, '2020-01-06', '10'],
    ['after its ex-date', 'before' as const, '2020-01-07', '10'],
  ])('multiply in a split what was stated %s (%s)', (_, positions, stated, expected) => {
    const holdings = held('2020-01-08', [snapshot(1, stated, { A: '10' })], [split('2020-01-06', '4', positions)]);
    expect(quantities(holdings)).toEqual({ A: expected });
  });

  it('do not know a split before its ex-date', () => {
    expect(
      quantities(held('2020-01-03', [snapshot(1, '2020-01-02', { A: '10' })], [split('2020-01-06', '4', 'before')])),
    ).toEqual({ A: '10' });
  });

  it('are owed a dividend on what was held when its ex-date began', () => {
    const dividend: CorporateAction = {
      ...{ kind: 'dividend', instrumentId: 'A', exDate: '2020-01-07', amount: '0.5', positions: 'before' },
    };
    const statements = [
      snapshot(1, '2020-01-02', { A: '10' }),
      changes(2, '2020-01-06', { A: '2' }),
      changes(3, '2020-01-07', { A: '100' }),
    ];
    const actions = [split('2020-01-03', '2', 'before'), dividend];
    expect(held('2020-01-08', statements, actions)?.dividends).toEqual([
      { instrumentId: 'A', exDate: '2020-01-07', quantity: '22', amount: '0.5' },
    ]);
    expect(held('2020-01-06', statements, actions)?.dividends).toEqual([]);
    expect(held('2020-01-08', statements, [{ ...dividend, positions: 'after' }])?.dividends).toEqual([]);
    const later = [snapshot(4, '2020-01-08', { A: '22' })];
    expect(held('2020-01-08', later, actions)?.dividends).toEqual([]);
  });

  it('restate a price that came with a position in units of the day', () => {
    const stated: Statement = {
      ...{ kind: 'snapshot', sequence: 1, asOf: close('2020-01-02') },
      body: {
        ...{ portfolioId: 'P', asOf: close('2020-01-02'), sequence: 1, cash: [] },
        positions: [{ instrumentId: 'A', strategy: 's', quantity: '10', price: '100' }],
      },
    };
    const [position] = held('2020-01-08', [stated], [split('2020-01-06', '4', 'before')])?.positions ?? [];
    expect(position?.statedPrice).toEqual({ price: '25.000000000000', time: close('2020-01-02') });
  });

  const amount = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((units) => (units / 1000).toFixed(3));
  const move = fc.dictionary(fc.constantFrom('A', 'B', 'C'), amount, { minKeys: 1 });

  it('equal the sum of everything stated, however it is cut into changes', () => {
    fc.assert(
      fc.property(move, fc.array(move, { maxLength: 8 }), (first, later) => {
        const statements = [
          snapshot(1, '2020-01-02', first),
          ...later.map((one, i) => changes(i + 2, '2020-01-03', one)),
        ];
        const expected: Record<string, string> = {};
        for (const id of ['A', 'B', 'C']) {
          const sum = normalizeDecimal(addDecimals('0', ...[first, ...later].flatMap((one) => one[id] ?? [])));
          if (sum !== '0') expected[id] = sum;
        }
        expect(quantities(held('2020-01-06', statements))).toEqual(expected);
      }),
    );
  });

  it('scale by the product of all splits in between', () => {
    const days = ['2020-01-03', '2020-01-06', '2020-01-07', '2020-01-08'];
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...days), { maxLength: 4 }),
        fc.constantFrom('2', '3', '1.5', '0.5'),
        fc.constantFrom('before' as const, 'after' as const),
        (exDates, ratio, positions) => {
          const actions = exDates.sort().map((exDate) => split(exDate, ratio, positions));
          const expected = exDates.reduce((quantity) => multiplyDecimals(quantity, ratio), '12');
          const holdings = held('2020-01-09', [snapshot(1, '2020-01-02', { A: '12' })], actions);
          expect(quantities(holdings)).toEqual({ A: normalizeDecimal(expected) });
        },
      ),
    );
  });

  it('do not depend on corporate actions of others', () => {
    const statements = [snapshot(1, '2020-01-02', { B: '10' })];
    expect(held('2020-01-08', statements, [split('2020-01-06', '4', 'before')])).toEqual(
      holdingsOf('P', seenAt(close('2020-01-08')), statements, none),
    );
  });
});
