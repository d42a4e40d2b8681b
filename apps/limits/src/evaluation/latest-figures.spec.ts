import { node, snapshot } from '@risk-budget/market-data/testing';
import { latestOf, withSnapshot, type KeptSnapshot, type LatestFigures } from './latest-figures.js';

const nothing: LatestFigures = { full: null, since: [] };
const full = (sequence: number) => snapshot(0.2, { sequence });
const partial = (sequence: number, ...leaves: string[]) =>
  snapshot(0.2, {
    sequence,
    leaves: false,
    nodes: ['portfolio', ...leaves].map((nodeId) => node({ nodeId, consumption: sequence / 100 })),
  });
const has = (nodeId: string) => (one: KeptSnapshot) => one.leaves || one.nodes.some((each) => each.nodeId === nodeId);

describe('the latest figures of a portfolio', () => {
  it('are those of a full snapshot, whatever was before', () => {
    const latest = withSnapshot(withSnapshot(withSnapshot(nothing, full(1)), partial(2, 'leaf:Growth/ALPHA')), full(3));
    expect(latest).toMatchObject({ full: { sequence: 3 }, since: [] });
    expect(latest.full).not.toHaveProperty('marks'); // only what limits are held against is kept
  });

  it('are for each node those of the last snapshot that had it', () => {
    const latest = [full(1), partial(2, 'leaf:Growth/ALPHA'), partial(3, 'leaf:Growth/BRAVO')].reduce(
      withSnapshot,
      nothing,
    );
    expect(latestOf(latest, has('portfolio'))?.sequence).toBe(3);
    expect(latestOf(latest, has('leaf:Growth/BRAVO'))?.sequence).toBe(3);
    expect(latestOf(latest, has('leaf:Growth/ALPHA'))?.sequence).toBe(2);
    expect(latestOf(latest, has('issuer:Other'))?.sequence).toBe(1);
  });

  it('keep no snapshot that later ones have told anew as a whole', () => {
    const latest = [partial(1, 'leaf:Growth/ALPHA'), partial(2), partial(3, 'leaf:Growth/ALPHA')].reduce(
      withSnapshot,
      nothing,
    );
    expect(latest.since.map((one) => one.sequence)).toEqual([3]);
    expect(latestOf(latest, has('leaf:Growth/BRAVO'))?.sequence).toBe(3); // nobody knows it: the newest says so
  });
});
