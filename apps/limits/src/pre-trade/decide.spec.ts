import type { LimitProposal } from '@risk-budget/contracts';
import { snapshot } from '@risk-budget/market-data/testing';
import type { LimitVersion } from '../definitions/limit.types.js';
import { snapshotFigures } from '@risk-budget/market-data';
import { decide } from './decide.js';
import { useUp } from './use-up.js';

const at = '2020-03-09T21:00:00.000Z';
const figures = (volatility: number) => snapshotFigures(snapshot(volatility), () => null);

function limit(bound: number, severity: 'soft' | 'hard', change: Partial<LimitProposal> = {}): LimitVersion {
  return {
    limitId: `${severity}-${bound}`,
    version: 1,
    change: 'created',
    status: 'active',
    proposal: {
      limitId: `${severity}-${bound}`,
      portfolioId: 'P1',
      name: 'Volatility',
      measure: 'volatility',
      scope: { level: 'portfolio' },
      direction: 'upper',
      bound: { kind: 'absolute', value: bound },
      severity,
      hysteresis: 0.1,
      effectiveFrom: '2020-01-01T00:00:00.000Z',
      ...change,
    },
    nodeId: 'portfolio',
    inForceTo: null,
    source: 'rest',
    proposedBy: { subject: 'a', issuer: 'i' },
    proposedAt: at,
    editors: ['i a'],
    approvedBy: { subject: 'b', issuer: 'i' },
    approvedAt: at,
    rejectedBy: null,
    rejectedAt: null,
    rejectionReason: null,
  };
}
const withDays = (daysToLiquidate: number) => {
  const taken = snapshot(0.1);
  return snapshotFigures({ ...taken, metrics: { ...taken.metrics, daysToLiquidate } }, () => null);
};
const decided = (limits: LimitVersion[], before: number, after: number) =>
  decide(limits, [], { before: figures(before), after: figures(after) }, at);

describe('pre-trade decisions', () => {
  const both = [limit(0.15, 'soft'), limit(0.2, 'hard')];

  it('passes what stays inside, up to the bound itself', () => {
    expect(decided(both, 0.1, 0.15)).toMatchObject({
      result: 'pass',
      limits: [{ worsens: false }, { worsens: false }],
    });
  });

  it('is soft beyond a soft bound and hard beyond a hard one', () => {
    expect(decided(both, 0.1, 0.16).result).toBe('soft');
    expect(decided(both, 0.1, 0.21).result).toBe('hard');
  });

  it('refuses a trade that worsens a hard breach and passes one that reduces it', () => {
    expect(decided(both, 0.3, 0.31)).toMatchObject({ result: 'hard', limits: [{ worsens: true }, { worsens: true }] });
    expect(decided(both, 0.3, 0.29)).toMatchObject({
      result: 'pass',
      limits: [
        { breachedAfter: true, worsens: false },
        { breachedBefore: true, breachedAfter: true, worsens: false },
      ],
    });
  });

  it('leaves out limits that the trades do not touch', () => {
    expect(decided(both, 0.3, 0.3 + 1e-15)).toEqual({ result: 'pass', limits: [] });
  });

  it('mirrors floors', () => {
    const floor = limit(0.2, 'hard', { direction: 'lower' });
    expect(decided([floor], 0.25, 0.19).result).toBe('hard');
    expect(decided([floor], 0.1, 0.15).result).toBe('pass');
  });

  it('refuses trades that bring about a figure beyond its bound where there was none before', () => {
    const state = { before: figures(0.1), after: withDays(12) };
    const days = (bound: number, severity: 'soft' | 'hard') => limit(bound, severity, { measure: 'daysToLiquidate' });
    expect(state.before.metrics.daysToLiquidate).toBeNull();
    expect(decide([days(10, 'hard'), days(11, 'soft')], [], state, at)).toMatchObject({
      result: 'hard',
      limits: [
        { before: null, after: 12, breachedBefore: false, breachedAfter: true, worsens: true },
        { before: null, worsens: true },
      ],
    });
    expect(decide([days(12, 'hard')], [], state, at)).toMatchObject({ result: 'pass', limits: [{ worsens: false }] });
  });

  it('takes the bound of an override while it counts', () => {
    const override = {
      overrideId: 'o1',
      limitId: 'hard-0.2',
      portfolioId: 'P1',
      status: 'approved' as const,
      bound: { kind: 'absolute' as const, value: 0.4 },
      effectiveFrom: '2020-03-01T00:00:00.000Z',
      effectiveTo: '2020-03-10T00:00:00.000Z',
      reason: 'r',
      proposedBy: { subject: 'a', issuer: 'i' },
      proposedAt: at,
      approvedBy: { subject: 'b', issuer: 'i' },
      approvedAt: at,
      rejectedBy: null,
      rejectedAt: null,
      rejectionReason: null,
    };
    const state = { before: figures(0.1), after: figures(0.3) };
    expect(decide([limit(0.2, 'hard')], [override], state, at).result).toBe('pass');
    expect(decide([limit(0.2, 'hard')], [override], state, '2020-03-10T00:00:00.000Z').result).toBe('hard');
  });
});

describe('using up reservations', () => {
  const trade = (quantityChange: string, instrumentId = 'A') => ({ strategy: 'S', instrumentId, quantityChange });

  it('takes off what was executed and keeps the rest', () => {
    expect(useUp([trade('100'), trade('-50', 'B')], [trade('40')])).toEqual([trade('60'), trade('-50', 'B')]);
    expect(useUp([trade('-50')], [trade('-50')])).toEqual([]);
  });

  it('never uses more than was reserved, and nothing against its direction', () => {
    expect(useUp([trade('100')], [trade('150')])).toEqual([]);
    expect(useUp([trade('100')], [trade('-10')])).toEqual([trade('100')]);
    expect(useUp([trade('0.5')], [trade('0.2')])).toEqual([trade('0.3')]);
  });
});
