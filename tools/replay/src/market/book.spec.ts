import { Book } from './book.js';

function book() {
  return new Book({
    portfolioId: 'CORE',
    asOf: '2019-12-31T21:00:00.000Z',
    sequence: 1,
    positions: [{ strategy: 'growth', instrumentId: 'AAPL', quantity: '100' }],
    cash: [{ currency: 'USD', amount: '1000.00' }],
  });
}

describe('Book', () => {
  it('states whole shares and the cash that they cost, in the next sequence', () => {
    const statement = book().execute(
      [
        { strategy: 'growth', instrumentId: 'AAPL', quantityChange: '-40.9' },
        { strategy: 'growth', instrumentId: 'MSFT', quantityChange: '0.4' },
      ],
      '2020-01-02T21:05:00.000Z',
      () => '12.5',
    );
    expect(statement).toMatchObject({
      sequence: 2,
      changes: [{ strategy: 'growth', instrumentId: 'AAPL', quantityChange: '-40' }],
      cashChanges: [{ currency: 'USD', amount: '500.0' }],
    });
  });

  it('states nothing when no whole share is left to trade', () => {
    const trade = { strategy: 'growth', instrumentId: 'AAPL', quantityChange: '0.9' };
    expect(book().execute([trade], '2020-01-02T21:05:00.000Z', () => '12.5')).toBeUndefined();
  });

  it('multiplies its shares in a split', () => {
    const split = book();
    split.split('AAPL', '4');
    expect(split.holdings()).toEqual([{ strategy: 'growth', instrumentId: 'AAPL', quantityChange: '400' }]);
  });
});
