import { tradingDays } from '@risk-budget/market-data/testing';
import { previewPolicy, type PreviewProblem } from './preview.js';

/** A calm stretch, a wild one and a calm one, of seeded noise: the sum of twelve uniform numbers is all but normal. */
function series(): Float64Array {
  let seed = 20_181_231;
  const uniform = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const normal = (): number => Array.from({ length: 12 }, uniform).reduce((sum, value) => sum + value, -6);
  return Float64Array.from({ length: 700 }, (_, day) => (day >= 450 && day < 550 ? 0.03 : 0.006) * normal());
}

const dates = tradingDays(700, '2018-12-31');
const problem: PreviewProblem = {
  rules: {
    regime: { subjectId: 'SP500', factors: [1, 0.5], rule: 'expected' },
    volatility: { kind: 'market', subjectId: 'SP500', horizonDays: 20, targetAnnual: 0.12 },
    minimumFactor: 0.3,
    band: 0.05,
    maximumStep: 0.3,
    minimumDwellDays: 3,
  },
  dates,
  returns: series(),
  start: 300,
  fitDays: 300,
  refitDays: 100,
};

describe('the preview of a dynamic policy', () => {
  it('reduces in the wild stretch, returns after it, and so has less volatility than the series', () => {
    const { regime: _, ...volatilityAlone } = problem.rules;
    const preview = previewPolicy({ ...problem, rules: volatilityAlone });
    const first = preview.adjustments[0];
    expect(first?.factor).toBeLessThan(1);
    expect(first !== undefined && first.date >= (dates[450] ?? '') && first.date < (dates[470] ?? '')).toBe(true);
    expect(preview.adjustments.at(-1)?.factor).toBe(1);
    expect(preview.lowestFactor).toBeGreaterThanOrEqual(0.3);
    expect(preview.withPolicy.volatilityAnnual).toBeLessThan(0.8 * preview.withoutPolicy.volatilityAnnual);
    expect(preview).toMatchObject({ days: 400, fits: 0 });
  });

  it('decides each day from the days before it alone: another future changes nothing that was decided earlier', () => {
    const changed = series();
    for (let day = 500; day < 700; day++) changed[day] = 0.05 * Math.cos(day);
    const before = (adjustments: ReturnType<typeof previewPolicy>['adjustments']) =>
      adjustments.filter((one) => one.date < (dates[500] ?? ''));
    const preview = previewPolicy(problem);
    expect(preview.fits).toBe(4);
    const one = before(preview.adjustments);
    expect(one.length).toBeGreaterThan(0);
    expect(before(previewPolicy({ ...problem, returns: changed }).adjustments)).toEqual(one);
  });

  it('knows nothing of later days on the first ones either, of a series that has just begun', () => {
    const { regime: _, ...volatilityAlone } = problem.rules;
    const young = { ...problem, rules: volatilityAlone, start: 5 };
    const returns = series().map((value) => 2 * value);
    const changed = returns.map((value, day) => (day >= 40 ? 4 * value : value));
    const before = (of: Float64Array) =>
      previewPolicy({ ...young, returns: of }).adjustments.filter((one) => one.date < (dates[40] ?? ''));
    const one = before(returns);
    expect(one.length).toBeGreaterThan(0);
    expect(before(changed)).toEqual(one);
  });

  it('refuses a history too short for the regimes', () => {
    expect(() => previewPolicy({ ...problem, start: 40 })).toThrow(
      expect.objectContaining({ reason: 'tooFewObservations' }),
    );
  });
});
