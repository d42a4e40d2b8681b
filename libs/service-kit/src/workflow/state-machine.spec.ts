import { definitionProblems, type StateMachine } from './state-machine.js';

describe('a state machine as data', () => {
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
});
