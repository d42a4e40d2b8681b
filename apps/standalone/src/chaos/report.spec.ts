import { chaosReport, firstDifference } from './report.js';

describe('the report of a chaos run', () => {
  it('counts disturbances by kind, with the middle and the worst recovery', () => {
    const done = [3, 1, 8].map((recoverySeconds) => ({
      disturbance: { kind: 'killService' as const, service: 'limits' },
      recoverySeconds,
      exact: true,
    }));
    const lines = chaosReport([{ summary: '', report: { passed: true, checks: [] }, breachSteps: 0, done }], 90);
    expect(lines).toEqual([
      '1 disturbed runs in 1.5 minutes, 3 disturbances',
      '  killService: 3; all ready again after 3.0 s in the middle, 8.0 s at worst',
    ]);
  });

  it('names the first line in which a disturbed run differs, also where it only ends early', () => {
    expect(firstDifference('a\nb', 'a\nb')).toBeUndefined();
    expect(firstDifference('a\nb', 'a\nc')).toBe("line 2: undisturbed 'b', disturbed 'c'");
    expect(firstDifference('a\nb', 'a')).toBe("line 2: undisturbed 'b', disturbed 'nothing'");
    expect(firstDifference('a', 'a\nb')).toBe("line 2: undisturbed 'nothing', disturbed 'b'");
  });
});
