import {
  barsPublished,
  defaultRiskPolicy,
  positionsStated,
  rebalancingWanted,
  type RebalancingWanted,
} from '@risk-budget/contracts';
import { Upstream } from '@risk-budget/market-data/testing';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { allocationService } from '@risk-budget/allocation';
import { Person } from './desk.js';
import { closeOf, defineWorld, equalWeights, leaves, prices, publishModel, statement } from './world.js';

describe('rebalancing', () => {
  let handle: TestServiceHandle;
  let upstream: Upstream;

  beforeAll(async () => {
    handle = await startTestService(allocationService, { config: { CLOCK: 'replay' } });
    upstream = new Upstream(handle, 'allocation');
    await upstream.advance('2020-03-06T12:00:00.000Z');
    await defineWorld(upstream);
    await publishModel(handle, upstream, defaultRiskPolicy, '2020-03-06T21:15:00.000Z');
    await upstream.advance('2020-03-06T21:30:00.000Z');
    const anna = await Person.of(handle, 'anna', 'riskManager');
    const clara = await Person.of(handle, 'clara', 'approver');
    const plan = await anna.post('P1/plans', {
      targetWeights: leaves.map((leaf) => ({ ...leaf, weight: 0.18 })),
      trees: [{ measure: 'volatility', total: 0.2 }],
      rebalancingBand: 0.02,
      effectiveFrom: '2020-03-06T21:00:00.000Z',
    });
    const approval = await clara.post(`P1/plans/${String(plan.body['planId'])}/approval`, {}, { ifMatch: plan.etag });
    expect(approval).toMatchObject({ status: 200, body: { status: 'active' } });
    await upstream.settled();
  }, 120_000);

  afterAll(async () => {
    await upstream?.close();
    await handle?.stop();
  });

  const wanted = async (): Promise<RebalancingWanted[]> =>
    (await upstream.events(rebalancingWanted)).map((event) => event.data);

  async function day(date: string, statementOf?: { sequence: number; weights: Record<string, number> }): Promise<void> {
    await upstream.publish(barsPublished, `${date}T21:00:00.000Z`, {
      feed: 'close',
      interval: 'P1D',
      bars: prices.bars(date),
    });
    await upstream.settled();
    if (statementOf !== undefined) {
      await upstream.publish(
        positionsStated,
        `${date}T21:00:00.000Z`,
        statement(date, statementOf.sequence, statementOf.weights),
      );
      await upstream.settled();
    }
    await upstream.advance(`${date}T21:30:00.000Z`);
  }

  it('is not asked for where the portfolio is at its targets already', async () => {
    expect(await wanted()).toEqual([]);
  });

  it('is not asked for while every weight is within its band', async () => {
    await day('2020-03-09');
    expect(await wanted()).toEqual([]);
  });

  it('is asked for once when a weight leaves its band, with trades in whole shares that bring all back', async () => {
    await day('2020-03-10', { sequence: 2, weights: { ...equalWeights, 'growth/AAA': 0.24 } });
    const [request, ...others] = await wanted();
    expect(others).toEqual([]);
    expect(request).toMatchObject({ reason: 'band', asOf: '2020-03-10T21:30:00.000Z', planVersion: 3 });
    const trade = request?.trades.find((one) => one.instrumentId === 'AAA');
    expect(Number(trade?.quantityChange)).toBe(
      Math.round(((-(trade?.currentWeight ?? 0) + 0.18) * 1_000_000) / closeOf('2020-03-10', 'AAA')),
    );
    expect(trade?.currentWeight).toBeCloseTo(0.24, 3);
  });

  it('is not asked for again while the weight stays out', async () => {
    await day('2020-03-11');
    expect(await wanted()).toHaveLength(1);
  });

  it('is asked for again after the weight has been back', async () => {
    await day('2020-03-12', { sequence: 3, weights: equalWeights });
    expect(await wanted()).toHaveLength(1);
    await upstream.publish(positionsStated, '2020-03-12T21:31:00.000Z', {
      ...statement('2020-03-12', 4, { ...equalWeights, 'value/DDD': 0.1 }),
      asOf: '2020-03-12T21:31:00.000Z',
    });
    await upstream.settled();
    await upstream.advance('2020-03-12T22:00:00.000Z');
    expect(await wanted()).toMatchObject([{ reason: 'band' }, { reason: 'band', asOf: '2020-03-12T22:00:00.000Z' }]);
  });
});
