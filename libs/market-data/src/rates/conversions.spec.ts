import { conversionsFrom } from './conversions.js';
import { dailyRates } from './daily-rates.js';

const rate = (pair: string, time: string, value: number) => ({ pair, time: `${time}T21:00:00.000Z`, rate: value });

describe('conversions', () => {
  it('prefer the pair, then its inverse, then the cross whose older leg is the newest', () => {
    const rates = [
      rate('EURUSD', '2020-01-03', 1.25),
      rate('EURCHF', '2020-01-03', 1),
      rate('GBPUSD', '2020-01-02', 1.5),
      rate('GBPJPY', '2020-01-06', 150),
      rate('USDJPY', '2020-01-06', 100),
      rate('CHFJPY', '2020-01-01', 99),
    ];
    const into = (currency: string, to: string) => conversionsFrom([currency], to, rates).get(currency);
    expect(into('EUR', 'USD')).toEqual({ rate: 1.25, time: '2020-01-03T21:00:00.000Z' });
    expect(into('USD', 'EUR')?.rate).toBe(0.8);
    expect(into('USD', 'CHF')?.rate).toBeCloseTo(0.8, 12); // through the euro, not the older franc against the yen
    expect(into('GBP', 'USD')?.rate).toBe(1.5);
    expect(into('NOK', 'USD')).toBeUndefined();
  });

  it('carry the last rate of each pair over the days', () => {
    const history = [rate('EURUSD', '2020-01-03', 1.2), rate('EURUSD', '2020-01-07', 1.3)];
    const day = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 86_400_000;
    const days = ['2020-01-02', '2020-01-03', '2020-01-06', '2020-01-07'].map(day);
    expect([...dailyRates('EUR', 'USD', history, days)]).toEqual([NaN, 1.2, 1.2, 1.3]);
  });
});
