import type { LimitDefinition } from '@risk-budget/contracts';
import { snapshotFigures } from '@risk-budget/market-data';
import { node, snapshot } from '@risk-budget/market-data/testing';
import { watchedOf, watchLimits, type LimitSides } from './limit-watch.js';

const at = '2020-03-09T15:00:00.000Z';
const definition: LimitDefinition = {
  limitId: 'L',
  portfolioId: 'P1',
  name: 'Volatility',
  measure: 'volatility',
  scope: { level: 'portfolio' },
  direction: 'upper',
  bound: { kind: 'absolute', value: 0.2 },
  severity: 'hard',
  hysteresis: 0.1,
  effectiveFrom: '2020-01-01T00:00:00.000Z',
  version: 1,
  status: 'active',
  proposedBy: 'a',
  approvedBy: 'b',
};
const figures = (volatility: number) => snapshotFigures(snapshot(volatility), () => null);
const watch = (volatility: number, previous: LimitSides = {}, change: Partial<LimitDefinition> = {}, time = at) =>
  watchLimits([watchedOf({ ...definition, ...change })], figures(volatility), time, previous);

describe('watching limits', () => {
  it('finds each crossing of the bound and of the level at which a breach closes, in either direction', () => {
    let sides: LimitSides = {};
    const crossings = [0.2, 0.21, 0.22, 0.2, 0.19, 0.18, 0.17].map((volatility) => {
      const found = watch(volatility, sides);
      ({ sides } = found);
      return [volatility, found.crossed.length, sides['L']];
    });
    expect(crossings).toEqual([
      [0.2, 0, undefined], // exactly on it complies
      [0.21, 1, 'beyond'],
      [0.22, 0, 'beyond'],
      [0.2, 1, 'returning'],
      [0.19, 0, 'returning'],
      [0.18, 1, undefined],
      [0.17, 0, undefined],
    ]);
  });

  it('looks at what is in force only, with the bound of an override while it lasts', () => {
    const later = '2020-03-10T00:00:00.000Z';
    expect(watch(0.3, {}, { effectiveFrom: later }).crossed).toEqual([]);
    expect(watch(0.3, {}, { effectiveTo: at }).crossed).toEqual([]);
    const overrides = [
      {
        overrideId: '00000000-0000-4000-8000-000000000001',
        bound: { kind: 'absolute' as const, value: 0.5 },
        effectiveFrom: '2020-03-09T00:00:00.000Z',
        effectiveTo: later,
      },
    ];
    expect(watch(0.3, {}, { overrides }).crossed).toEqual([]);
    expect(watch(0.3, {}, { overrides }, later).crossed).toEqual(['L']);
  });

  it('names the nodes of limits that are crossed, breached or nearly so', () => {
    const leaf = { level: 'instrument', strategy: 'Growth', instrumentId: 'ALPHA' } as const;
    const limit = watchedOf({ ...definition, measure: 'weight', scope: leaf, hysteresis: 0 });
    const nodesAt = (weight: number, previous: LimitSides) => {
      const nodes = [node({ nodeId: 'leaf:Growth/ALPHA', weight })];
      return [
        ...watchLimits(
          [limit],
          snapshotFigures(snapshot(0.1, { nodes }), () => null),
          at,
          previous,
        ).nodeIds,
      ];
    };
    expect(nodesAt(0.1, {})).toEqual([]);
    expect(nodesAt(0.197, {})).toEqual(['leaf:Growth/ALPHA']);
    expect(nodesAt(0.5, { L: 'beyond' })).toEqual(['leaf:Growth/ALPHA']);
    expect(nodesAt(0.1, { L: 'beyond' })).toEqual(['leaf:Growth/ALPHA']);
  });

  it('leaves a limit as it was when the figure is not there, and forgets one that is no more', () => {
    expect(watch(0.3, { L: 'beyond' }, { measure: 'historicalVar' })).toMatchObject({
      sides: { L: 'beyond' },
      crossed: [],
    });
    expect(watchLimits([], figures(0.3), at, { L: 'beyond' })).toMatchObject({ sides: {}, crossed: [] });
  });
});
