import { randomUUID } from 'node:crypto';
import {
  breachChanged,
  breachProbabilitiesEstimated,
  limitDefined,
  type BreachProbabilitiesEstimated,
  type LimitDefinition,
} from '@risk-budget/contracts';
import { later, type World } from './world.js';

/** At bounds that nothing reaches. */
const modelled = [
  'beta',
  'effectiveNumber',
  'herfindahl',
  'historicalEs',
  'historicalVar',
  'standaloneVolatility',
  'trackingError',
] as const;

/** How likely limits are to be broken. */
export function breachProbabilities(world: () => World): void {
  it('say how likely each limit is to be broken, and are held against the breaches that were opened', async () => {
    const { upstream, call, close, grossOn } = world();
    const at = `${later[15]}T22:00:00.000Z`;
    const wanted = (limitId: string, over: Partial<LimitDefinition>): LimitDefinition => ({
      limitId,
      portfolioId: 'P1',
      name: limitId,
      measure: 'volatility',
      scope: { level: 'portfolio' },
      direction: 'upper',
      bound: { kind: 'absolute', value: 5 },
      severity: 'soft',
      hysteresis: 0,
      effectiveFrom: at,
      version: 1,
      status: 'active',
      proposedBy: 'a',
      approvedBy: 'b',
      ...over,
    });
    await upstream.publish(
      limitDefined,
      at,
      wanted('far', {}),
      wanted('near', { measure: 'gross', bound: { kind: 'absolute', value: 1.01 * grossOn(later[16] ?? '') } }),
      wanted('broken', { bound: { kind: 'absolute', value: 1e-6 } }),
      ...modelled.map((measure) => wanted(measure, { measure, bound: { kind: 'absolute', value: 50 } })),
      wanted('stress', { measure: 'stressLoss' }),
      wanted('part', { measure: 'historicalVar', scope: { level: 'strategy', strategy: 's' } }),
      wanted('volume', { measure: 'daysToLiquidate' }),
      wanted('budget', { measure: 'utilization', budgetMeasure: 'volatility' }),
      wanted('retired', { status: 'retired' }),
    );
    await upstream.settled();
    await close(later[16] ?? '');
    const { body } = await call('/v1/portfolios/P1/breach-probabilities/latest');
    expect(body['reasons']).toEqual([
      { limitId: 'budget', code: 'NO_BUDGET' },
      { limitId: 'part', code: 'HISTORICAL_OF_A_NODE' },
      { limitId: 'stress', code: 'STRESS_LOSS' },
      { limitId: 'volume', code: 'NO_FIGURE' },
    ]);
    expect(body['unmodelled']).toEqual(['budget', 'part', 'stress', 'volume']);
    const limits = new Map((body['limits'] as BreachProbabilitiesEstimated['limits']).map((one) => [one.limitId, one]));
    expect([...limits.keys()]).toEqual(['broken', 'far', 'near', ...modelled].sort());
    for (const measure of modelled) {
      expect(limits.get(measure)?.probabilities.map(({ probability }) => probability)).toEqual([0, 0, 0]);
    }
    expect(limits.get('broken')).toMatchObject({ broken: true, probabilities: [{ probability: 1 }, {}, {}] });
    expect(limits.get('far')?.probabilities.map(({ probability }) => probability)).toEqual([0, 0, 0]);
    const [event] = (await upstream.events(breachProbabilitiesEstimated)).slice(-1);
    expect(event?.data.limits).toEqual(body['limits']);
    await upstream.publish(breachChanged, `${later[17]}T15:00:00.000Z`, {
      breachId: randomUUID(),
      portfolioId: 'P1',
      limitId: 'far',
      limitVersion: 1,
      severity: 'soft',
      transition: 'opened',
      state: 'open',
      nature: 'passive',
      at: `${later[17]}T15:00:00.000Z`,
      openedAt: `${later[17]}T15:00:00.000Z`,
      snapshotId: randomUUID(),
      value: 6,
      bound: 5,
      worstValue: 6,
      nodeId: 'portfolio',
      escalationStep: 0,
      by: null,
      reason: null,
      waiverExpiresAt: null,
      remediation: null,
    });
    await upstream.settled();
    await close(later[17] ?? '');
    const count = modelled.length + 2;
    const near = limits.get('near')?.probabilities[0]?.probability ?? NaN;
    expect(await call('/v1/portfolios/P1/breach-probabilities/accuracy?horizonDays=1')).toMatchObject({
      status: 200,
      body: { observations: count, baseRate: 1 / count, score: (1 + near ** 2) / count },
    });
    expect(await call('/v1/portfolios/P2/breach-probabilities/latest')).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
  });

  it('have horizons of business days: a day on which nothing was estimated counts as well', async () => {
    const { upstream, call } = world();
    const path = '/v1/portfolios/P1/breach-probabilities/accuracy?horizonDays=1';
    const before = Number((await call(path)).body['observations']);
    await upstream.advance(`${later[18]}T21:14:00.000Z`);
    expect((await call(path)).body['observations']).toBe(before);
    await upstream.advance(`${later[18]}T21:30:00.000Z`);
    expect((await call('/v1/portfolios/P1/breach-probabilities/latest')).body['asOf']).toBe(
      `${later[17]}T21:15:00.000Z`,
    );
    expect((await call(path)).body['observations']).toBe(2 * before);
  });
}
