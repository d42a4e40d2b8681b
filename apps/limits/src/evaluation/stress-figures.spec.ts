import type { StressRun } from '@risk-budget/contracts';
import { assessStress, stressLossOf, type StressFigures } from './stress-figures.js';

const run: StressFigures = {
  state: 'complete',
  results: ['fall', 'crash'].map((scenarioId) => ({ scenarioId }) as StressRun['results'][number]),
  nodes: [
    { nodeId: 'portfolio', parentId: null, kind: 'portfolio', weight: 1, losses: [0.1, 0.4] },
    { nodeId: 'strategy:hedge', parentId: 'portfolio', kind: 'strategy', weight: -0.1, losses: [-0.01, -0.03] },
  ],
};
const limit = {
  nodeId: 'portfolio',
  measure: 'stressLoss' as const,
  direction: 'upper' as const,
  bound: { kind: 'absolute' as const, value: 0.4 },
  hysteresis: 0.1,
};

describe('the stress loss of a node', () => {
  it.each([
    ['of one scenario', 'portfolio', 'fall', 0.1],
    ['of the worst of all', 'portfolio', undefined, 0.4],
    ['of a hedge, which gains in all of them', 'strategy:hedge', undefined, -0.01],
    ['of a node that holds nothing', 'strategy:none', 'crash', 0],
    ['of a scenario that is not in the run', 'portfolio', 'flood', undefined],
  ])('is that %s', (_, nodeId, scenarioId, expected) => {
    expect(stressLossOf(run, nodeId, scenarioId)).toBe(expected);
  });

  it('is not known to be the worst while a scenario has no figure; that of another scenario is known', () => {
    const incomplete = { ...run, state: 'incomplete' as const };
    expect(stressLossOf(incomplete, 'portfolio')).toBeUndefined();
    expect(stressLossOf(incomplete, 'portfolio', 'crash')).toBe(0.4);
  });

  it('complies at its bound, breaks beyond it, and closes only its hysteresis inside', () => {
    expect(assessStress(limit, run)).toMatchObject({ kind: 'evaluated', value: 0.4, beyond: false, closes: false });
    expect(assessStress({ ...limit, bound: { kind: 'absolute', value: 0.39 } }, run)).toMatchObject({ beyond: true });
    expect(assessStress({ ...limit, scenarioId: 'fall' }, run)).toMatchObject({ closes: true });
    expect(assessStress({ ...limit, scenarioId: 'flood' }, run)).toMatchObject({
      kind: 'notEvaluated',
      reason: 'notIncluded',
    });
  });
});
