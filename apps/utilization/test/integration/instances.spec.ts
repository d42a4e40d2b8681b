import type { Service } from '@risk-budget/service-kit';
import { modelOf, planOf, positionsOf, treeOf, type Name } from './fixtures.js';
import { World } from './world.js';

const at = '2020-03-02T21:00:00.000Z';
const minute = (number: number) => new Date(Date.parse('2020-03-03T14:00:00.000Z') + number * 60_000).toISOString();

describe('two instances side by side', () => {
  let world: World;
  let other: Service;
  beforeAll(async () => {
    world = await World.start();
    other = await world.handle.another();
    await other.start();
  });
  afterAll(() => world.stop());

  it('take each snapshot once, without gaps, and tell each change of state once', async () => {
    const portfolios = ['LEFT', 'RIGHT'];
    for (const portfolioId of portfolios) {
      await world.hold(portfolioId, positionsOf(portfolioId, at, 1));
      await world.model(modelOf(portfolioId, at));
      await world.plan(planOf(portfolioId, [treeOf('volatility', 0.163, 0.1, 0.1)]), at);
    }
    // Prices concern both portfolios and positions one, from topics that different instances may hold.
    const rounds = 12;
    for (let round = 0; round < rounds; round++) {
      const name: Name = round % 2 === 0 ? 'ALPHA' : 'BRAVO';
      await Promise.all([
        world.bars(minute(round), { [name]: 100 + round }),
        ...portfolios.map((portfolioId) =>
          world.positions(positionsOf(portfolioId, minute(round), 2 + round, { 'Growth/ALPHA': 300 + 20 * round })),
        ),
      ]);
    }
    await world.settled();
    for (const portfolioId of portfolios) {
      const snapshots = await world.snapshots(portfolioId);
      expect(snapshots.map(({ sequence }) => sequence)).toEqual(snapshots.map((_, index) => index + 1));
      const causes = snapshots.map(({ causeId }) => causeId);
      expect(new Set(causes).size).toBe(causes.length);
      // Whatever came in which order, the last snapshot knows everything.
      const last = snapshots.at(-1);
      expect(last?.lineage.positionSequence).toBe(1 + rounds);
      const alpha = last?.marks.find(({ instrumentId }) => instrumentId === 'ALPHA')?.price ?? 0;
      expect(alpha).toBe(100 + rounds - 2);
      expect(last?.nav).toBeCloseTo((300 + 20 * (rounds - 1)) * alpha + 15_000, 6);
      const states = new Map<string, string | null>();
      for (const { nodeId, measure, from, to } of await world.alerts(portfolioId)) {
        if (measure === null) continue;
        const key = `${nodeId} ${measure}`;
        expect(from).toBe(states.get(key) ?? 'green'); // each change starts where the one before ended
        states.set(key, to);
      }
    }
  });

  it('answer alike: what-if follows a snapshot that the other has taken', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const { body } = await world.request('/v1/portfolios/LEFT/what-if', {
          role: 'riskManager',
          method: 'POST',
          body: { trades: [{ strategy: 'Growth', instrumentId: 'CHARLIE', quantityChange: '100' }] },
          service: index % 2 === 0 ? world.handle.service : other,
        });
        return [body['snapshotId'], JSON.stringify(body['after'])];
      }),
    );
    const latest = await world.latest('LEFT');
    expect(new Set(answers.map(([snapshotId]) => snapshotId))).toEqual(new Set([latest?.snapshotId]));
    expect(new Set(answers.map(([, after]) => after)).size).toBe(1);
  });
});
