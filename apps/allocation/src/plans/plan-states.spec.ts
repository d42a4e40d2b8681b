import { planStatus } from '@risk-budget/contracts';
import { definitionProblems, nextState } from '@risk-budget/service-kit';
import { planMachine } from './plan-states.js';

const states = planStatus.options;

describe('the life of a plan', () => {
  it('knows every state, reaches each from a draft, and ends', () => {
    expect(Object.keys(planMachine.transitions).sort()).toEqual([...states].sort());
    expect(definitionProblems(planMachine)).toEqual([]);
  });

  it('becomes active only after an approval', () => {
    expect(states.filter((state) => nextState(planMachine, state, 'activate') === 'active')).toEqual(['approved']);
    expect(states.filter((state) => nextState(planMachine, state, 'approve') === 'approved')).toEqual(['draft']);
  });

  it('is edited only as a draft, so that what was approved is what comes into force', () => {
    expect(states.filter((state) => nextState(planMachine, state, 'edit') !== undefined)).toEqual(['draft']);
  });
});
