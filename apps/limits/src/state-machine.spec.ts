import { breachMachine, applyBreachAction } from './breaches/breach-states.js';
import { limitMachine } from './definitions/limit-states.js';
import { definitionProblems, type StateMachine } from './state-machine.js';

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

  it('finds what is wrong with a definition', () => {
    const broken: StateMachine<'a' | 'b' | 'c' | 'end', 'go' | 'stay'> = {
      initial: 'a',
      final: ['end'],
      transitions: {
        a: { go: 'b', stay: 'nowhere' as 'b' },
        b: { stay: 'b' },
        c: { go: 'end' },
        end: { go: 'a' },
      },
    };
    expect(definitionProblems(broken)).toEqual(
      expect.arrayContaining([
        "'a' leads to the unknown state 'nowhere'",
        "final state 'end' can be left",
        "'c' cannot be reached",
        "no final state can be reached from 'b'",
      ]),
    );
  });

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
