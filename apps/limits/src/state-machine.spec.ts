import { definitionProblems, type StateMachine } from '@risk-budget/service-kit';
import { breachMachine, applyBreachAction } from './breaches/breach-states.js';
import { limitMachine } from './definitions/limit-states.js';

describe('state machines as data', () => {
  it.each([
    ['breaches', breachMachine],
    ['limits', limitMachine],
  ] as [string, StateMachine<string, string>][])(
    'the life of %s has no unknown, unreachable or dead state',
    (_, machine) => {
      expect(definitionProblems(machine)).toEqual([]);
    },
  );

  it('refuses a transition that the state does not allow, naming those it does', () => {
    expect(() => applyBreachAction('b1', 'open', 'waived')).toThrow(
      expect.objectContaining({
        code: 'LIMITS.BREACH_TRANSITION_REFUSED',
        status: 409,
        errors: [expect.objectContaining({ allowed: 'acknowledged, escalated, worsened, resolved' })],
      }),
    );
    expect(() => applyBreachAction('b1', 'resolved', 'acknowledged')).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ allowed: 'nothing' })] }),
    );
  });

  it('lets a snapshot resolve a breach from every state but the last', () => {
    const states = ['open', 'acknowledged', 'waived', 'remediating'] as const;
    expect(states.map((state) => applyBreachAction('b1', state, 'resolved'))).toEqual(states.map(() => 'resolved'));
  });
});
