import { failedChecks, run } from './corrupted.js';

const checked = 'performance: the return of every day, stated or own, and effects that sum to the active return';
const [told] = run.rest.performance;
if (told === undefined) throw new Error('nobody was asked');
const failedWith = (changed: Partial<typeof told>): string[] =>
  failedChecks(run.messages, { ...run.rest, performance: [{ ...told, ...changed }] });
const changedDay = (place: number, change: Partial<(typeof told.days)[number]>) => ({
  days: told.days.map((day, at) => (at === place ? { ...day, ...change } : day)),
});

describe('the verification of performance', () => {
  it('fails on the return of a day that is off, own or stated, and on one from another source', () => {
    expect(failedWith(changedDay(1, { portfolioReturn: 0.01 }))).toEqual([checked]);
    expect(failedWith(changedDay(3, { portfolioReturn: 0.01 }))).toEqual([checked]);
    expect(failedWith(changedDay(2, { benchmarkReturn: 0.01 }))).toEqual([checked]);
    expect(failedWith(changedDay(3, { source: 'own' }))).toEqual([checked]);
  });

  it('fails on a day that is left out, a return of the period, effects and exceedances that do not follow', () => {
    expect(failedWith({ days: told.days.slice(1) })).toEqual([checked]);
    expect(failedWith({ portfolioReturn: told.portfolioReturn + 1e-6 })).toEqual([checked]);
    expect(failedWith({ lines: told.lines.slice(1) })).toEqual([checked]);
    expect(failedWith({ varExceedances: 4 })).toEqual([checked]);
    expect(failedChecks(run.messages, { ...run.rest, performance: [] })).toEqual([checked]);
  });
});
