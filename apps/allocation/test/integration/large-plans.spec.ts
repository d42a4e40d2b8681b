import {
  budgetPlanChanged,
  defaultRiskPolicy,
  maxMessageBytes,
  topicPath,
  type BudgetPlanChange,
} from '@risk-budget/contracts';
import { createDriver } from '@risk-budget/messaging';
import { Upstream } from '@risk-budget/market-data/testing';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { allocationService } from '@risk-budget/allocation';
import { Person } from './desk.js';
import { defineWorld, publishModel } from './world.js';

/** Each strategy holds the four names; 600 strategies make 2,400 leaves. */
const strategies = 600;
const targetWeights = Array.from({ length: strategies }, (_, number) =>
  ['AAA', 'BBB', 'CCC', 'DDD'].map((instrumentId) => ({
    strategy: `book-${number}`,
    instrumentId,
    weight: 1 / (4 * strategies),
  })),
).flat();

describe('a plan of thousands of leaves', () => {
  let handle: TestServiceHandle;
  let upstream: Upstream;
  let anna: Person;
  let clara: Person;

  beforeAll(async () => {
    handle = await startTestService(allocationService, { config: { CLOCK: 'replay' } });
    upstream = new Upstream(handle, 'allocation');
    anna = await Person.of(handle, 'anna', 'riskManager');
    clara = await Person.of(handle, 'clara', 'approver');
    await upstream.advance('2020-03-06T12:00:00.000Z');
    await defineWorld(upstream);
    await publishModel(handle, upstream, defaultRiskPolicy, '2020-03-06T21:15:00.000Z');
    await upstream.advance('2020-03-06T21:30:00.000Z');
  }, 120_000);

  afterAll(async () => {
    await upstream?.close();
    await handle?.stop();
  });

  /** Changes of plans on the topic, as soon as there are as many. */
  async function published(count: number): Promise<BudgetPlanChange[]> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const events = await upstream.events(budgetPlanChanged);
      if (events.length >= count || Date.now() > deadline) return events.map((event) => event.data);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it('is drafted, approved, put in force, and travels in parts that make the whole plan again', async () => {
    const trees = (['volatility', 'es'] as const).map((measure) => ({ measure, total: 0.2, reserve: 0.05 }));
    const effectiveFrom = '2020-03-06T21:00:00.000Z';
    const drafted = await anna.post('P1/plans', { targetWeights, trees, effectiveFrom });
    expect(drafted).toMatchObject({ status: 201, body: { status: 'draft' } });
    const path = `P1/plans/${String(drafted.body['planId'])}`;
    const approval = await clara.post(`${path}/approval`, {}, { ifMatch: drafted.etag });
    expect(approval).toMatchObject({ status: 200, body: { status: 'active' } });
    // A draft beside the plan in force repeats it: the largest event that there is.
    expect(await anna.post('P1/plans', { targetWeights, trees })).toMatchObject({ status: 201 });
    const changes = await published(4);
    expect(changes.map(({ change }) => change)).toEqual(['drafted', 'approved', 'activated', 'drafted']);
    const inForce = (await anna.get(path)).body as unknown as Record<string, unknown>;
    for (const plan of [changes[2], changes[3]?.active]) {
      expect(plan?.trees.map((tree) => tree.nodes.length)).toEqual([1 + 600 + 1800 + 2400, 1 + 600 + 1800 + 2400]);
      expect({ trees: plan?.trees, targetWeights: plan?.targetWeights }).toEqual({
        trees: inForce['trees'],
        targetWeights: inForce['targetWeights'],
      });
    }

    const driver = createDriver(handle.messagingUrl);
    const sizes: number[] = [];
    for await (const batch of driver.read(topicPath(budgetPlanChanged.topic))) {
      sizes.push(...batch.map(({ payload }) => Buffer.byteLength(payload)));
    }
    await driver.close();
    expect(sizes.length).toBeGreaterThan(8);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(maxMessageBytes);
  });
});
