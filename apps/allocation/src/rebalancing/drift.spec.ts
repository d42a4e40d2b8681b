import { driftsOf, excursions, tradesOf, type HeldLeaf } from './drift.js';

const held = (instrumentId: string, weight: number, price = 100): HeldLeaf => ({
  strategy: 'growth',
  instrumentId,
  weight,
  price,
  valuePerPrice: 1,
});
const target = (instrumentId: string, weight: number) => ({ strategy: 'growth', instrumentId, weight });

describe('drift from target weights', () => {
  const targets = [target('AAPL', 0.5), target('MSFT', 0.3)];
  const at = (apple: number, microsoft = 0.3) => driftsOf([held('AAPL', apple), held('MSFT', microsoft)], targets);

  it('asks once when a weight leaves its band, and not again while it stays out', () => {
    expect(excursions(at(0.53), 0.02, [])).toEqual({ out: ['leaf:growth/AAPL'], left: ['leaf:growth/AAPL'] });
    expect(excursions(at(0.56), 0.02, ['leaf:growth/AAPL'])).toEqual({ out: ['leaf:growth/AAPL'], left: [] });
  });

  it('is not out at the edge of the band: equal complies', () => {
    expect(excursions(driftsOf([held('AAPL', 0.25)], [target('AAPL', 0.5)]), 0.25, [])).toEqual({ out: [], left: [] });
  });

  it('counts a weight as back only well inside its band, so that a price on the edge does not ask again and again', () => {
    expect(excursions(at(0.515), 0.02, ['leaf:growth/AAPL']).out).toEqual(['leaf:growth/AAPL']);
    expect(excursions(at(0.505), 0.02, ['leaf:growth/AAPL']).out).toEqual([]);
  });

  it('asks again when another leaf leaves its band', () => {
    expect(excursions(at(0.53, 0.27), 0.02, ['leaf:growth/AAPL']).left).toEqual(['leaf:growth/MSFT']);
  });

  it('holds a leaf without a target against 0', () => {
    expect(excursions(driftsOf([held('KO', 0.03)], targets), 0.02, []).left).toEqual(['leaf:growth/KO']);
  });
});

describe('trades to the targets', () => {
  it('are whole units, and sell what has no target', () => {
    const drifts = driftsOf(
      [held('AAPL', 0.45, 300), held('KO', 0.05, 50), held('MSFT', 0.3)],
      [target('AAPL', 0.5), target('MSFT', 0.3)],
    );
    expect(tradesOf(drifts, 1_000_000)).toEqual({
      trades: [
        {
          strategy: 'growth',
          instrumentId: 'AAPL',
          quantityChange: '167',
          price: '300',
          currentWeight: 0.45,
          targetWeight: 0.5,
        },
        {
          strategy: 'growth',
          instrumentId: 'KO',
          quantityChange: '-1000',
          price: '50',
          currentWeight: 0.05,
          targetWeight: 0,
        },
      ],
      turnover: (167 * 300 + 1000 * 50) / 1_000_000 / 2,
    });
  });

  it('take the contract multiplier and the exchange rate into account', () => {
    const future = { ...held('ES', 0.1, 4000), valuePerPrice: 50 * 0.8 };
    expect(tradesOf(driftsOf([future], [target('ES', 0.5)]), 1_000_000).trades[0]?.quantityChange).toBe('3');
  });

  it('state prices as decimals, never with an exponent', () => {
    expect(tradesOf(driftsOf([held('PENNY', 0, 1e-7)], [target('PENNY', 0.1)]), 1000).trades[0]?.price).toBe(
      '0.000000100000',
    );
  });
});
