import { planStatus } from '@risk-budget/contracts';
import { allowedActions, nextStatus, planActions, planTransitions } from './plan-states.js';

const states = planStatus.options;

describe('the life of a plan', () => {
  it('knows every state, and reaches each from a draft', () => {
    expect(Object.keys(planTransitions).sort()).toEqual([...states].sort());
    const reached = new Set<string>(['draft']);
    for (const _ of states) {
      for (const state of states) {
        if (!reached.has(state)) continue;
        for (const target of Object.values(planTransitions[state])) reached.add(target);
      }
    }
    expect([...reached].sort()).toEqual([...states].sort());
  });

  it('becomes active only after an approval', () => {
    expect(states.filter((state) => nextStatus(state, 'activate') === 'active')).toEqual(['approved']);
    expect(states.filter((state) => nextStatus(state, 'approve') === 'approved')).toEqual(['draft']);
  });

  it('is edited only as a draft, so that what was approved is what comes into force', () => {
    expect(states.filter((state) => nextStatus(state, 'edit') !== undefined)).toEqual(['draft']);
  });

  it.each(['superseded', 'rejected', 'withdrawn'] as const)('ends when it is %s', (state) => {
    expect(allowedActions(state)).toEqual([]);
    for (const action of planActions) expect(nextStatus(state, action)).toBeUndefined();
  });
});
