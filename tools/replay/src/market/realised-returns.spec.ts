import { Book } from './book.js';
import { realisedReturnsOf } from './realised-returns.js';

const closes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  HD: { '2020-03-02': '200', '2020-03-03': '190' },
  SP500: { '2020-03-02': '3000', '2020-03-03': '3030' },
};
const book = new Book({
  portfolioId: 'CORE',
  asOf: '2020-03-02T21:00:00.000Z',
  sequence: 1,
  positions: [{ strategy: 'growth', instrumentId: 'HD', quantity: '30' }],
  cash: [{ currency: 'USD', amount: '2000' }],
});
const question = {
  ...{ date: '2020-03-03', previous: '2020-03-02', knownAt: '2020-03-03T21:00:00.000Z', benchmarkId: 'SP500' },
};

describe('realised returns of a day', () => {
  it('are weighed by what was held at the close before, cash included, beside the benchmark', () => {
    // 30 × 200 of 8,000; 190 / 200 − 1; 3,030 / 3,000 − 1.
    const { rows, level } = realisedReturnsOf(book, question, (id, date) => closes[id]?.[date]);
    expect(level).toBe('security');
    expect(rows[0]).toMatchObject({ instrumentId: 'HD', strategy: 'growth', weight: 0.75, benchmarkWeight: 0 });
    expect(rows[0]?.return).toBeCloseTo(-0.05, 14);
    expect(rows[1]).toMatchObject({ instrumentId: 'SP500', weight: 0, benchmarkWeight: 1 });
    expect(rows[1]?.benchmarkReturn).toBeCloseTo(0.01, 14);
  });

  it('are refused without a close', () => {
    expect(() =>
      realisedReturnsOf(book, question, (id, date) => (id === 'HD' ? undefined : closes[id]?.[date])),
    ).toThrow(/HD has no close on/);
  });
});
