import { detectAlerts, notEvaluable, type AlertObservation } from './alert-detection.js';
import { nothingAlerted } from './alert-memory.js';

const quiet: AlertObservation = {
  changes: [],
  complete: true,
  modelledShare: 1,
  modelledShareFloor: 0.95,
  hasPlan: true,
  stalePrices: [],
};

describe('alert detection', () => {
  it('says nothing when nothing has changed', () => {
    expect(detectAlerts(nothingAlerted, quiet)).toEqual([]);
    const memory = { ...nothingAlerted, incomplete: true, staleInstruments: ['A'], withoutPlan: true };
    const same = { ...quiet, complete: false, stalePrices: ['A'], hasPlan: false };
    expect(detectAlerts(memory, same)).toEqual([]);
  });

  it('tells of incompleteness when it begins and when it ends', () => {
    const [begin] = detectAlerts(nothingAlerted, { ...quiet, complete: false, modelledShare: 0.5 });
    expect(begin).toMatchObject({
      kind: 'incomplete',
      nodeId: 'portfolio',
      detail: expect.stringContaining('50.00 %'),
    });
    expect(detectAlerts({ ...nothingAlerted, incomplete: true }, quiet)).toMatchObject([{ kind: 'complete' }]);
  });

  it('tells of each instrument whose price becomes stale or fresh, by its node', () => {
    const memory = { ...nothingAlerted, staleInstruments: ['A', 'B'] };
    expect(detectAlerts(memory, { ...quiet, stalePrices: ['B', 'C'] })).toMatchObject([
      { kind: 'stale', nodeId: 'instrument:C' },
      { kind: 'fresh', nodeId: 'instrument:A' },
    ]);
  });

  it('tells once that no plan is active, and once that one is', () => {
    expect(detectAlerts(nothingAlerted, { ...quiet, hasPlan: false })).toMatchObject([
      { kind: 'unbudgeted', nodeId: 'portfolio', measure: null, to: 'unbudgeted' },
    ]);
    expect(detectAlerts({ ...nothingAlerted, withoutPlan: true }, quiet)).toMatchObject([
      { kind: 'thresholdDown', from: 'unbudgeted', to: 'green' },
    ]);
  });

  it('names node, measure, both states and the utilization of a crossing', () => {
    const change = { nodeId: 'strategy:Growth', measure: 'var', from: 'amber', to: 'red', utilization: 1.034 } as const;
    expect(detectAlerts(nothingAlerted, { ...quiet, changes: [change] })).toEqual([
      { ...change, kind: 'thresholdUp', detail: 'strategy:Growth var: utilization 103.40 %, amber to red' },
    ]);
  });

  it('alerts once for a portfolio that cannot be evaluated', () => {
    const why = { code: 'MARKET_DATA.NO_MODEL', afterSequence: 3 };
    expect(notEvaluable('no risk model', why)).toMatchObject([
      { kind: 'incomplete', detail: 'no risk model', notEvaluable: why },
    ]);
  });
});
