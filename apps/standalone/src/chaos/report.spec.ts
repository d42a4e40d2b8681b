import { chaosReport, firstDifference, notAsPlanned } from './report.js';

describe('the report of a chaos run', () => {
  it('counts disturbances by kind, with the middle and the worst recovery', () => {
    const done = [3, 1, 8].map((recoverySeconds) => ({
      disturbance: { kind: 'killService' as const, service: 'limits', instance: 1 },
      recoverySeconds,
      exact: true,
    }));
    const lines = chaosReport([{ summary: '', report: { passed: true, checks: [] }, breachSteps: 7, done }], 90);
    expect(lines).toEqual([
      '1 disturbed runs in 1.5 minutes, 3 disturbances, 7 steps in the lives of breaches',
      '  killService: 3; all ready again after 3.0 s in the middle, 8.0 s at worst',
    ]);
  });

  it('says what of a drill did not come about as planned', () => {
    const disturbance = { kind: 'killUnpublished' as const, service: 'limits' };
    const plan = [0, 1].map(() => ({ afterMs: 0, disturbance }));
    const round = { summary: '', report: { passed: true, checks: [] }, breachSteps: 1 };
    const as = (exact: boolean) => ({ disturbance, recoverySeconds: 1, exact });
    expect(notAsPlanned(plan, { ...round, done: [as(true), as(true)] })).toEqual([]);
    expect(notAsPlanned(plan, { ...round, breachSteps: 0, done: [as(false)] })).toEqual([
      '1 of 2 disturbances did not come in time',
      'killUnpublished happened at another moment than planned',
      'no limit was breached meanwhile',
    ]);
  });

  it('names the first line in which a disturbed run differs, also where it only ends early', () => {
    expect(firstDifference('a\nb', 'a\nb')).toBeUndefined();
    expect(firstDifference('a\nb', 'a\nc')).toBe("line 2: undisturbed 'b', disturbed 'c'");
    expect(firstDifference('a\nb', 'a')).toBe("line 2: undisturbed 'b', disturbed 'nothing'");
    expect(firstDifference('a', 'a\nb')).toBe("line 2: undisturbed 'nothing', disturbed 'b'");
  });
});
