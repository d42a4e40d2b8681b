import { newStanding, withScore, type Standing } from '../accuracy/standing.js';
import { defaultForecastPolicy } from '../forecast-policy/forecast-policy.js';
import { challengerOf } from './champion.js';

const policy = {
  ...defaultForecastPolicy,
  lossDiscount: 1,
  champion: { minimumObservations: 20, margin: 0.1, dwellDays: 5 },
};

function after(days: number, losses: Record<string, number>, from: Standing = newStanding('market', 'M')): Standing {
  const scores = Object.entries(losses).map(([method, qlike]) => ({ method, qlike, variance: 1, squaredError: 0 }));
  let standing = from;
  for (let day = 0; day < days; day++) standing = withScore(standing, 1, scores, null, policy.lossDiscount);
  return standing;
}

describe('the champion of a subject', () => {
  it('gives way to the best challenger whose loss is below its own by more than the margin', () => {
    const standing = after(20, { ewma: 1, garch: 0.85, gjr: 0.8, har: 0.95 });
    expect(challengerOf(standing, policy)).toMatchObject({ from: 'ewma', to: 'gjr' });
    expect(challengerOf(after(20, { ewma: 1, garch: 0.91 }), policy)).toBeUndefined();
  });

  it('stays until there are enough scores', () => {
    expect(challengerOf(after(19, { ewma: 1, garch: 0.1 }), policy)).toBeUndefined();
    expect(challengerOf(after(20, { ewma: 1, garch: 0.1 }), policy)?.to).toBe('garch');
    const young = after(10, { ewma: 1, garch: 0.1 }, after(15, { ewma: 1 }));
    expect(challengerOf(young, policy)).toBeUndefined();
  });

  it('stays for a while after it has taken over, however good another is', () => {
    const switched = { ...after(30, { ewma: 1, garch: 0.2 }), champion: 'ewma', championSince: '2020-03-06' };
    expect(challengerOf({ ...switched, scoresSinceSwitch: 4 }, policy)).toBeUndefined();
    expect(challengerOf({ ...switched, scoresSinceSwitch: 5 }, policy)?.to).toBe('garch');
  });

  it('is never a source outside', () => {
    expect(challengerOf(after(30, { ewma: 1, oracle: 0.01 }), policy)).toBeUndefined();
  });
});
