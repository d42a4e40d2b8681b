import type { UtilizationSnapshot } from '@risk-budget/contracts';
import { createTestDatabase, type TestDatabase } from '@risk-budget/persistence/testing';
import { createService, defineService, migrateService, type Service } from '@risk-budget/service-kit';
import { utilizationService } from '../../src/index.js';
import type { UtilizationTree } from '../../src/tree/tree.schemas.js';
import { modelOf, planOf, positionsOf, treeOf } from './fixtures.js';
import { World } from './world.js';

const at = '2020-03-02T21:00:00.000Z';
const minute = (number: number) => new Date(Date.parse('2020-03-03T14:00:00.000Z') + number * 60_000).toISOString();

/** A second utilization, with a schema and subscriptions of its own, deployed into a system that runs. */
describe('a second utilization with an empty schema', () => {
  let world: World;
  let database: TestDatabase;
  let second: Service | undefined;
  beforeAll(async () => {
    world = await World.start();
    database = await createTestDatabase({ services: ['second'] });
  });
  afterAll(async () => {
    await second?.stop();
    await world?.stop();
    await database?.drop();
  });

  it('catches up from states, bars and positions by itself, and reaches the figures of the first', async () => {
    const portfolios = ['LEFT', 'RIGHT'];
    for (const portfolioId of portfolios) {
      await world.hold(portfolioId, positionsOf(portfolioId, at, 1));
      await world.model(modelOf(portfolioId, at));
      await world.plan(planOf(portfolioId, [treeOf('volatility', 0.163, 0.1, 0.1)]), at);
    }
    for (let round = 1; round <= 5; round++) {
      await world.bars(minute(round), { ALPHA: 100 + round, BRAVO: 50 - round });
      const change = { 'Growth/ALPHA': 300 + 20 * round };
      for (const id of portfolios) await world.positions(positionsOf(id, minute(round), 1 + round, change));
    }
    for (const portfolioId of portfolios) {
      await world.until(async () => {
        const latest = await world.latest(portfolioId);
        return latest?.lineage.positionSequence === 6 && latest.lineage.priceTime === minute(5);
      });
    }
    const definition = defineService({ ...utilizationService, name: 'second' });
    await migrateService(definition, database.service('second').ownerUrl, { timescale: 'off' });
    const url = database.service('second').appUrl;
    second = await createService(definition, { ...world.handle.config, DATABASE_URL: url }, { checkResponses: true });
    await second.start();
    for (const portfolioId of portfolios) {
      const tree = (service?: Service) =>
        world.request<UtilizationTree>(`/v1/portfolios/${portfolioId}/utilization`, {
          ...(service === undefined ? {} : { service }),
        });
      const { body: first } = await tree();
      await world.until(async () => {
        const { status, body } = await tree(second);
        return status === 200 && sameBasis(body.lineage, first.lineage);
      });
      const { body: other } = await tree(second);
      expect(figures(other)).toEqual(figures(first));
      expect(other.asOf).toBe(first.asOf);
    }
  });
});

function sameBasis(a: UtilizationSnapshot['lineage'], b: UtilizationSnapshot['lineage']): boolean {
  return (
    a.positionSequence === b.positionSequence &&
    a.priceTime === b.priceTime &&
    a.modelId === b.modelId &&
    a.planId === b.planId &&
    a.planVersion === b.planVersion
  );
}

/** Every figure of every node; not by which snapshot it was told. */
function figures({ nodes, nav, metrics, state }: UtilizationTree): unknown {
  return { nodes, nav, metrics, state };
}
