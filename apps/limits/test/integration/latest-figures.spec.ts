import { alertRaised } from '@risk-budget/contracts';
import { randomUUID } from 'node:crypto';
import { node } from '@risk-budget/market-data/testing';
import { approver, limitOf, riskManager, World } from './world.js';

const day = (number: number, time = '21:00') => `2020-03-${String(number).padStart(2, '0')}T${time}:00.000Z`;

describe('a limit whose bound changes between two snapshots', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await world.advance(day(2));
  });
  afterAll(() => world.stop());

  it('is held against the latest snapshot at its approval', async () => {
    await world.definePortfolio('NOW');
    const taken = await world.snapshot('NOW', 0.3, day(2, '15:00'));
    await world.limit({ limitId: 'now', portfolioId: 'NOW' });
    expect(await world.breach('now')).toMatchObject({
      state: 'open',
      nature: 'passive',
      value: 0.3,
      snapshotId: taken.snapshotId,
      openedAt: day(2),
    });
    expect(await world.compliance('NOW')).toMatchObject({ state: 'softBreach', limits: [{ state: 'breached' }] });
    // The same snapshot is inside the bound of the next version.
    await world.ok('/v1/limits/now', {
      as: riskManager,
      method: 'PUT',
      body: { ...limitOf({ limitId: 'now', portfolioId: 'NOW' }), bound: { kind: 'absolute', value: 0.4 } },
      headers: { 'if-match': await world.etag('now') },
    });
    await world.approve('now');
    expect(await world.breach('now')).toMatchObject({ state: 'resolved', resolvedAt: day(2) });
    expect((await world.breachEvents('NOW')).map(({ transition }) => transition)).toEqual(['opened', 'resolved']);
  });

  it('is held against it when its day comes, though nothing else happens then', async () => {
    await world.definePortfolio('LATER');
    await world.snapshot('LATER', 0.3, day(2, '15:00'));
    await world.limit({ limitId: 'later', portfolioId: 'LATER', effectiveFrom: day(3) });
    expect(await world.breaches('limitId=later')).toEqual([]);
    await world.advance(day(4));
    expect(await world.breach('later')).toMatchObject({ state: 'open', openedAt: day(3) });
  });

  it('is held against it when an override is approved, and again when the override ends', async () => {
    await world.definePortfolio('OVER');
    await world.limit({ limitId: 'over', portfolioId: 'OVER' });
    await world.snapshot('OVER', 0.3, day(4));
    expect(await world.breach('over')).toMatchObject({ state: 'open' });
    const { overrideId } = await world.ok<{ overrideId: string }>('/v1/limits/over/overrides', {
      as: riskManager,
      body: {
        bound: { kind: 'absolute', value: 0.5 },
        effectiveFrom: day(4),
        effectiveTo: day(5),
        reason: 'Transition',
      },
    });
    await world.ok(`/v1/limits/over/overrides/${overrideId}/approval`, {
      as: approver,
      method: 'POST',
      headers: { 'if-match': await world.etag('over') },
    });
    expect(await world.breach('over')).toMatchObject({ state: 'resolved', resolvedAt: day(4) });
    await world.advance(day(6));
    expect(await world.breach('over')).toMatchObject({ state: 'open', openedAt: day(5), bound: 0.2 });
  });

  it('is held against the last snapshot that had its leaf, when those since have left it out', async () => {
    await world.definePortfolio('LEAF');
    const leaf = node({ nodeId: 'leaf:Growth/ALPHA', weight: 0.3 });
    const root = node({ nodeId: 'portfolio', consumption: 0.1 });
    const whole = await world.snapshot('LEAF', 0.1, day(6), { nodes: [root, leaf] });
    await world.snapshot('LEAF', 0.1, day(6, '21:01'), { nodes: [root], leaves: false });
    await world.limit({
      limitId: 'leaf',
      portfolioId: 'LEAF',
      measure: 'weight',
      scope: { level: 'instrument', strategy: 'Growth', instrumentId: 'ALPHA' },
      bound: { kind: 'absolute', value: 0.25 },
    });
    expect(await world.breach('leaf')).toMatchObject({ state: 'open', value: 0.3, snapshotId: whole.snapshotId });
  });
});

describe('compliance of a portfolio that cannot be evaluated', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await world.advance(day(2));
  });
  afterAll(() => world.stop());

  const cannot = (portfolioId: string, asOf: string, afterSequence: number) =>
    world.publish(alertRaised, asOf, {
      alertId: randomUUID(),
      portfolioId,
      snapshotId: randomUUID(),
      asOf,
      kind: 'incomplete',
      nodeId: 'portfolio',
      measure: null,
      from: null,
      to: null,
      utilization: null,
      detail: 'There is no price of ALPHA.',
      notEvaluable: { code: 'MARKET_DATA.NO_PRICE', afterSequence },
    });

  it('is undetermined, says since when and why, and shows the figures that counted last', async () => {
    await world.definePortfolio('DARK');
    await world.limit({ limitId: 'dark', portfolioId: 'DARK' });
    await world.limit({ limitId: 'dark-cash', portfolioId: 'DARK', measure: 'cash', direction: 'lower' });
    await world.snapshot('DARK', 0.1, day(3));
    expect(await world.compliance('DARK')).toMatchObject({ state: 'softBreach', notEvaluated: null });
    await cannot('DARK', day(4), 1);
    await world.settled();
    const dark = await world.compliance('DARK');
    expect(dark).toMatchObject({
      state: 'softBreach', // an open breach stays one
      notEvaluated: {
        kind: 'notEvaluable',
        since: day(4),
        reason: 'There is no price of ALPHA. (MARKET_DATA.NO_PRICE)',
      },
      limits: [
        { limitId: 'dark', state: 'notEvaluated', since: day(4), value: 0.1, at: day(3) },
        { limitId: 'dark-cash', state: 'breached', breach: { state: 'open' } },
      ],
    });
    // What is approved meanwhile is held against nothing.
    await world.limit({
      limitId: 'dark-beta',
      portfolioId: 'DARK',
      measure: 'gross',
      bound: { kind: 'absolute', value: 0.1 },
    });
    expect((await world.compliance('DARK')).limits.find(({ limitId }) => limitId === 'dark-beta')).toMatchObject({
      state: 'notEvaluated',
      breach: null,
    });
    await world.snapshot('DARK', 0.1, day(5), { metricsChange: { cash: 0.3 } });
    expect(await world.compliance('DARK')).toMatchObject({
      notEvaluated: null,
      limits: [
        { limitId: 'dark', state: 'compliant', since: day(5) },
        { limitId: 'dark-beta', state: 'breached' },
        { limitId: 'dark-cash', state: 'compliant' },
      ],
    });
    const history = await world.ok<{ items: { limitId: string; state: string; from: string }[] }>(
      '/v1/portfolios/DARK/compliance/history?limitId=dark',
    );
    expect(history.items.map(({ state, from }) => [state, from])).toEqual([
      ['compliant', day(3)],
      ['notEvaluated', day(4)],
      ['compliant', day(5)],
    ]);
  });

  it('forgets an alert that a later snapshot has overtaken, and keeps one that is ahead of its snapshots', async () => {
    await world.definePortfolio('RACE');
    await world.limit({ limitId: 'race', portfolioId: 'RACE' });
    await world.snapshot('RACE', 0.1, day(3));
    await world.snapshot('RACE', 0.1, day(4));
    await cannot('RACE', day(3), 1);
    await world.settled();
    expect(await world.compliance('RACE')).toMatchObject({ notEvaluated: null, state: 'compliant' });
    await cannot('RACE', day(6), 3);
    await world.settled();
    await world.snapshot('RACE', 0.3, day(5)); // the third: evaluated, and still the last one that there is
    expect(await world.compliance('RACE')).toMatchObject({
      notEvaluated: { since: day(6) },
      state: 'softBreach',
      limits: [{ state: 'breached', value: 0.3 }],
    });
    await world.snapshot('RACE', 0.1, day(7));
    expect(await world.compliance('RACE')).toMatchObject({ notEvaluated: null, state: 'compliant' });
  });

  it('says why it is incomplete, and that there has been no snapshot at all', async () => {
    await world.definePortfolio('PART');
    await world.limit({ limitId: 'part', portfolioId: 'PART' });
    await world.snapshot('PART', 0.1, day(3), { state: 'incomplete', modelledShare: 0.5 });
    await world.snapshot('PART', 0.1, day(4), { state: 'incomplete', modelledShare: 0.6 });
    expect(await world.compliance('PART')).toMatchObject({
      state: 'undetermined',
      notEvaluated: { kind: 'incomplete', since: day(3), reason: expect.stringContaining('0.6 of the gross') },
    });
    await world.definePortfolio('NEVER');
    await world.limit({ limitId: 'never', portfolioId: 'NEVER' });
    await cannot('NEVER', day(4), 0);
    await world.settled();
    expect(await world.compliance('NEVER')).toMatchObject({
      state: 'undetermined',
      snapshot: null,
      notEvaluated: { since: day(4) },
      limits: [{ state: 'notEvaluated' }],
    });
  });
});
