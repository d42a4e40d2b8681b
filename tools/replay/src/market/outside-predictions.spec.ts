import { predictionsOf } from './outside-predictions.js';

const vendor = {
  ...{ source: 'outlook', subjectId: 'SP500', instrumentId: 'SP500' },
  ...{ decay: 0.5, windowDays: 2, horizonsDays: [1, 5] },
};
const day = { date: '2020-03-03', madeAt: '2020-03-03T21:15:00.000Z' };

describe('a forecast from outside', () => {
  it('weighs the squared returns of its window, the newest most, and grows with its horizon', () => {
    // Returns −10 % and +10 %; the close before the window says nothing: (0.1² + 0.5 × 0.1²) / 1.5 = 0.01.
    const [next, week] = predictionsOf(vendor, [5, 100, 90, 99], day);
    expect(next).toMatchObject({ kind: 'market', subjectId: 'SP500', source: 'outlook', horizonDays: 1 });
    expect(next?.forecast).toEqual({ target: 'volatility', variance: expect.closeTo(0.01, 14) as number });
    expect(week?.forecast).toEqual({ target: 'volatility', variance: expect.closeTo(0.05, 14) as number });
    const [calm] = predictionsOf(vendor, [100, 110, 110], day);
    expect(calm?.forecast).toEqual({ target: 'volatility', variance: expect.closeTo(0.01 / 3, 14) as number });
  });

  it('is refused on too few closes', () => {
    expect(() => predictionsOf(vendor, [100, 90], day)).toThrow(/outlook needs 3 closes, 2 are there/);
  });
});
