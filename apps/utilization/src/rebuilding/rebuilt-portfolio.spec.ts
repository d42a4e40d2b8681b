import type { UtilizationAlert, UtilizationSnapshot } from '@risk-budget/contracts';
import { snapshot } from '@risk-budget/market-data/testing';
import { RebuiltPortfolio } from './rebuilt-portfolio.js';

type Node = UtilizationSnapshot['nodes'][number];
const at = '2020-03-03T14:00:00.000Z';

function node(nodeId: string, state: Node['measures'][number]['state'], budget: number | null = 0.1): Node {
  const figures = { consumption: 0.1, standalone: 0.1, budget, utilization: 1, headroom: 0 };
  const measures = [{ measure: 'volatility' as const, ...figures, state }];
  return { nodeId, parentId: null, kind: 'strategy', value: 1, weight: 1, measures };
}

function alert(change: Partial<UtilizationAlert>): UtilizationAlert {
  const nothing = { nodeId: null, measure: null, from: null, to: null, utilization: null };
  const ids = { alertId: 'a', portfolioId: 'P1', snapshotId: 's' };
  return { ...ids, asOf: at, kind: 'incomplete', detail: 'no model', ...nothing, ...change };
}

function rebuilt(...snapshots: UtilizationSnapshot[]): RebuiltPortfolio {
  const portfolio = new RebuiltPortfolio('P1');
  for (const one of snapshots) portfolio.take(one);
  return portfolio;
}

const full = snapshot(0.2, { sequence: 7, asOf: at, leaves: true, nodes: [node('A', 'amber'), node('B', 'red')] });

describe('a portfolio rebuilt from its topics', () => {
  it('stands where its last snapshot stood; after a tick the nodes that it did not tell stand where they were', () => {
    const tick = snapshot(0.2, { sequence: 8, asOf: at, leaves: false, nodes: [node('B', 'green')] });
    const { state } = rebuilt(full, tick);
    expect(state).toMatchObject({ sequence: 8, snapshotId: tick.snapshotId, asOf: at, problem: null });
    expect(state.memory.states).toEqual({ 'volatility|A': 'amber' });
  });

  it('forgets nodes that a full snapshot does not have any more', () => {
    const next = snapshot(0.2, { sequence: 8, asOf: at, leaves: true, nodes: [node('B', 'red')] });
    expect(rebuilt(full, next).state.memory.states).toEqual({ 'volatility|B': 'red' });
  });

  it('takes a snapshot once, whatever the topic repeats', () => {
    const portfolio = new RebuiltPortfolio('P1');
    expect([portfolio.take(full), portfolio.take(full)]).toEqual([true, false]);
  });

  it('knows nodes without a budget as told of only where they were', () => {
    const nodes = [node('A', 'unbudgeted', null), node('B', 'unbudgeted', null)];
    const portfolio = rebuilt(snapshot(0.2, { sequence: 7, asOf: at, leaves: true, nodes }));
    portfolio.hear(alert({ kind: 'unbudgeted', nodeId: 'A', measure: 'volatility', from: 'green', to: 'unbudgeted' }));
    expect(portfolio.state.memory.states).toEqual({ 'volatility|A': 'unbudgeted' });
  });

  it('has the problem that was told after its last snapshot, and none that a snapshot has ended', () => {
    const told = alert({ notEvaluable: { code: 'MARKET_DATA.NO_MODEL', afterSequence: 7 } });
    const lasting = rebuilt(full);
    lasting.hear(told);
    expect(lasting.state).toMatchObject({
      problem: { code: 'MARKET_DATA.NO_MODEL', detail: 'no model', since: at },
      memory: { incomplete: true },
    });
    const ended = rebuilt(full, snapshot(0.2, { sequence: 8, asOf: at }));
    ended.hear(told);
    expect(ended.state.problem).toBeNull();
  });
});
