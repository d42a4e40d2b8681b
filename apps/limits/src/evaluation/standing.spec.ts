import { nextStanding, type StandingInput } from './standing.js';
import type { Assessment } from '@risk-budget/market-data';

const inside: Assessment = { kind: 'evaluated', value: 0.1, bound: 0.2, headroom: 0.1, beyond: false, closes: true };
const input = (change: Partial<StandingInput> = {}): StandingInput => ({
  limitId: 'L',
  portfolioId: 'P1',
  version: 1,
  snapshotId: 's1',
  at: '2020-03-09T21:00:00.000Z',
  inForce: true,
  incomplete: false,
  notEvaluable: false,
  breached: false,
  assessment: inside,
  ...change,
});
const first = nextStanding(undefined, input());
const later = { at: '2020-03-10T21:00:00.000Z', snapshotId: 's2' };

describe('how a limit stands', () => {
  it('keeps the beginning of a state that goes on, with the figures of now', () => {
    expect(nextStanding(first, input({ ...later, assessment: { ...inside, value: 0.15 } }))).toMatchObject({
      state: 'compliant',
      since: first.since,
      at: later.at,
      value: 0.15,
    });
  });

  it('neither keeps nor breaks a limit on an incomplete snapshot', () => {
    const incomplete = input({ ...later, incomplete: true, assessment: undefined });
    expect(nextStanding(first, incomplete)).toMatchObject({ state: 'incomplete', since: later.at, value: 0.1 });
    expect(nextStanding(first, { ...incomplete, breached: true })).toMatchObject({ state: 'breached' });
  });

  it('is not evaluated while the portfolio is not, whatever it was before; a breach stays one', () => {
    const without = input({ ...later, notEvaluable: true, assessment: undefined });
    expect(nextStanding(first, without)).toMatchObject({ state: 'notEvaluated', since: later.at, value: 0.1 });
    expect(nextStanding(first, { ...without, breached: true })).toMatchObject({ state: 'breached' });
  });

  it('stays as it was when a snapshot leaves the figure out', () => {
    const missing: Assessment = { kind: 'notEvaluated', reason: 'notIncluded', value: null };
    expect(nextStanding(first, input({ ...later, assessment: missing }))).toEqual(first);
    expect(nextStanding(undefined, input({ assessment: missing }))).toMatchObject({ state: 'notEvaluated' });
  });

  it('says when there is no budget to take a share of, and when no version counts', () => {
    const unbudgeted: Assessment = { kind: 'notEvaluated', reason: 'unbudgeted', value: 0.1 };
    expect(nextStanding(first, input({ assessment: unbudgeted }))).toMatchObject({ state: 'unbudgeted' });
    expect(nextStanding(first, input({ inForce: false, assessment: undefined }))).toMatchObject({
      state: 'notInForce',
    });
  });

  it('remembers the last snapshot in which the limit held, through whatever comes after', () => {
    expect(first.heldSnapshotId).toBe('s1');
    const breached = nextStanding(first, input({ ...later, breached: true }));
    expect(breached.heldSnapshotId).toBe('s1');
    const incomplete = nextStanding(breached, input({ ...later, incomplete: true, assessment: undefined }));
    expect(incomplete.heldSnapshotId).toBe('s1');
    expect(nextStanding(incomplete, input({ ...later, snapshotId: 's3' })).heldSnapshotId).toBe('s3');
    expect(nextStanding(undefined, input({ breached: true })).heldSnapshotId).toBeNull();
  });
});
