import { xnys } from '@risk-budget/market-data';
import { defaultEscalationPolicy, escalationPolicyInput } from './escalation-policy.types.js';
import { stepDeadline } from './ladder.js';

const policy = { steps: [4, 6.5, 13].map((afterBusinessHours) => ({ afterBusinessHours, notify: ['approver'] })) };

describe('deadlines of a ladder', () => {
  it('counts business hours from the close of a Friday over the weekend', () => {
    const friday = '2020-03-06T21:00:00.000Z';
    expect(stepDeadline(policy, 1, friday, xnys)).toBe('2020-03-09T18:30:00.000Z');
    expect(stepDeadline(policy, 2, friday, xnys)).toBe('2020-03-09T21:00:00.000Z');
    expect(stepDeadline(policy, 3, friday, xnys)).toBe('2020-03-10T21:00:00.000Z');
    expect(stepDeadline(policy, 4, friday, xnys)).toBeUndefined();
  });

  it('passes over holidays', () => {
    expect(stepDeadline(policy, 1, '2020-04-09T21:00:00.000Z', xnys)).toBe('2020-04-13T18:30:00.000Z');
  });

  it('has a default policy that fits its own schema', () => {
    expect(escalationPolicyInput.parse(defaultEscalationPolicy)).toEqual(defaultEscalationPolicy);
  });

  it('refuses steps out of order', () => {
    const steps = [...policy.steps].reverse();
    expect(escalationPolicyInput.safeParse({ policyId: 'p', name: 'p', steps }).success).toBe(false);
  });
});
