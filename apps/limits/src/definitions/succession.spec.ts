import type { LimitVersion } from './limit.types.js';
import { lapsed, nextEdge, succeed } from './succession.js';
import { versionAt } from './limit-record.js';

const now = '2020-02-01T00:00:00.000Z';
const later = '2020-03-01T00:00:00.000Z';
const by = { subject: 'anna', issuer: 'test' };

function version(change: Partial<LimitVersion> & { from?: string; to?: string } = {}): LimitVersion {
  const { from = '2020-01-01T00:00:00.000Z', to, ...rest } = change;
  return {
    limitId: 'L',
    version: 1,
    change: 'created',
    status: 'active',
    proposal: {
      limitId: 'L',
      portfolioId: 'P1',
      name: 'L',
      measure: 'volatility',
      scope: { level: 'portfolio' },
      direction: 'upper',
      bound: { kind: 'absolute', value: 0.2 },
      severity: 'soft',
      hysteresis: 0,
      effectiveFrom: from,
      ...(to === undefined ? {} : { effectiveTo: to }),
    },
    nodeId: 'portfolio',
    inForceTo: to ?? null,
    source: 'rest',
    proposedBy: { subject: 'ben', issuer: 'test' },
    proposedAt: '2020-01-01T00:00:00.000Z',
    editors: ['test ben'],
    approvedBy: null,
    approvedAt: null,
    rejectedBy: null,
    rejectedAt: null,
    rejectionReason: null,
    ...rest,
  };
}
const proposed = (change: Parameters<typeof version>[0] = {}) => version({ version: 2, status: 'proposed', ...change });

describe('succession of versions', () => {
  it('lets a version whose day has come take over at once', () => {
    const { approved, changed } = succeed([version()], proposed(), by, now);
    expect(approved).toMatchObject({ status: 'active', approvedBy: by, approvedAt: now, inForceTo: null });
    expect(changed).toMatchObject([{ version: 1, status: 'superseded', inForceTo: now }]);
  });

  it('lets the version in force run until the day of its successor', () => {
    const { approved, changed } = succeed([version()], proposed({ from: later }), by, now);
    const versions = [...changed, approved];
    expect(changed).toMatchObject([{ version: 1, status: 'active', inForceTo: later }]);
    expect(versionAt(versions, now)?.version).toBe(1);
    expect(versionAt(versions, later)?.version).toBe(2);
    expect(nextEdge(versions, [], now)).toBe(later);
    expect(lapsed(versions, now)).toEqual([]);
    expect(lapsed(versions, later)).toMatchObject([{ version: 1, status: 'superseded' }]);
  });

  it('drops an approved version that has not begun when another one begins no later', () => {
    const waiting = version({ version: 2, from: later });
    const { changed } = succeed(
      [version(), waiting],
      proposed({ version: 3, from: '2020-02-15T00:00:00.000Z' }),
      by,
      now,
    );
    expect(changed.map(({ version: number, status }) => [number, status])).toEqual([
      [1, 'active'],
      [2, 'superseded'],
    ]);
  });

  it('ends everything that is approved by a retirement', () => {
    const { approved, changed } = succeed([version()], proposed({ change: 'retired' }), by, now);
    expect(approved.status).toBe('retired');
    expect(changed).toMatchObject([{ status: 'superseded', inForceTo: now }]);
    expect(versionAt([...changed, approved], now)).toBeUndefined();
  });

  it('retires the last version when its time is over', () => {
    const ending = version({ to: later });
    expect(versionAt([ending], now)).toBe(ending);
    expect(versionAt([ending], later)).toBeUndefined();
    expect(lapsed([ending], later)).toMatchObject([{ status: 'retired' }]);
  });

  it('refuses to approve what does not wait for approval', () => {
    expect(() => succeed([], version({ status: 'rejected' }), by, now)).toThrow(
      expect.objectContaining({ code: 'LIMITS.LIMIT_TRANSITION_REFUSED' }),
    );
  });
});
