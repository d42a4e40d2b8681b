import { defaultRiskPolicy, type BudgetAdjustment, type RiskModel } from '@risk-budget/contracts';
import { lineageOf } from './snapshot-figures.js';

const inputs = {
  positionSequence: 4,
  priceTime: '2020-06-05T21:00:00.000Z',
  model: { modelId: '00000000-0000-4000-8000-000000000001' } as RiskModel,
  policy: defaultRiskPolicy,
  historicalWindow: null,
};
const plan = { planId: '00000000-0000-4000-8000-000000000002', version: 7 };
const adjusted = (factor: number, limitFactor: number) => ({
  ...plan,
  adjustment: { factor, limitFactor } as BudgetAdjustment,
});

describe('what a snapshot says of its plan', () => {
  it('names the part of the budgets that limits take after a rise that nobody has approved for them', () => {
    expect(lineageOf(inputs, adjusted(0.8, 0.4))).toMatchObject({ planVersion: 7, limitBudgetFactor: 0.5 });
    expect(lineageOf(inputs, adjusted(0.8, 0.8))).toMatchObject({ limitBudgetFactor: 1 });
  });

  it('leaves it out where no dynamic policy has adjusted the plan', () => {
    expect(lineageOf(inputs, plan)).not.toHaveProperty('limitBudgetFactor');
    expect(lineageOf(inputs, null)).toMatchObject({ planId: null, planVersion: null });
  });
});
