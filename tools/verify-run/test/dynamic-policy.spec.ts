import { corrupted, failedChecks, run } from './corrupted.js';

const budgets = 'events/allocation.budgets';
const decided = 'budget adjustments by the rules, from the forecasts they name: none missing, none invented';
const done = 'budget adjustments: budgets, targets and the part for limits';
const adjustment = (data: Record<string, unknown>) => data['adjustment'] as Record<string, unknown>;

describe('the verification of a dynamic policy', () => {
  it('fails on an adjustment that goes another step, and on one for another reason', () => {
    const step = corrupted(budgets, 1, ({ data }) => {
      adjustment(data)['factor'] = 0.7;
    });
    expect(failedChecks(step)).toEqual([decided, done]);
    const reason = corrupted(budgets, 1, ({ data }) => {
      adjustment(data)['forecastVolatilityAnnual'] = 0.1;
    });
    expect(failedChecks(reason)).toEqual([decided]);
  });

  it('fails on an adjustment that was left out, and on one that nothing asked for', () => {
    const adjusted = run.messages.filter(({ topic }) => topic === budgets)[1];
    expect(failedChecks(run.messages.filter((message) => message !== adjusted))).toContain(decided);
    const early = corrupted(budgets, 1, ({ data }) => {
      adjustment(data)['at'] = '2020-01-01T00:00:00.000Z';
    });
    expect(failedChecks(early)).toContain(decided);
  });

  it.each([
    ['target', { minimumFactor: 0.8 }],
    ['step', { maximumStep: 0.2 }],
    ['band', { band: 0.6 }],
    ['dwell', { minimumDwellDays: 1 }],
  ])('fails on numbers that another %s would give', (_, changed) => {
    const dynamicPolicies = run.rest.dynamicPolicies.map((one) => ({ ...one, rules: { ...one.rules, ...changed } }));
    expect(failedChecks(run.messages, { ...run.rest, dynamicPolicies })).toEqual([decided]);
  });

  it('fails on where the rules are said to lead, on a budget, a target and a part for limits that do not follow', () => {
    const adjustments = run.rest.adjustments.map((one) => ({ ...one, wantedFactor: 0.6 }));
    expect(failedChecks(run.messages, { ...run.rest, adjustments })).toEqual([decided]);
    const total = corrupted(budgets, 1, ({ data }) => {
      const [tree] = data['trees'] as { total: number }[];
      if (tree !== undefined) tree.total *= 1 + 1e-6;
    });
    expect(failedChecks(total)).toEqual([done]);
    const target = corrupted(budgets, 1, ({ data }) => {
      const [weight] = data['targetWeights'] as { weight: number }[];
      if (weight !== undefined) weight.weight = 0.5;
    });
    const traded = 'rebalancing: whole trades that bring every weight to its target, prices and turnover';
    expect(failedChecks(target)).toEqual([done, traded]);
    const limits = corrupted(budgets, 1, ({ data }) => {
      adjustment(data)['limitFactor'] = 1;
    });
    expect(failedChecks(limits)).toEqual([done]);
  });
});
