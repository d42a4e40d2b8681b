import { ensureSeries, execute, upkeepSeries } from '@risk-budget/persistence';
import { seriesPromises } from '../support/series-promises.js';
import { openSeriesWorld, type SeriesWorld } from '../support/series-world.js';

describe('series in native partitions', () => {
  seriesPromises('native partitions');

  describe('of which there are only those that were asked for', () => {
    let world: SeriesWorld;
    beforeAll(async () => {
      world = await openSeriesWorld('native partitions');
    });
    afterAll(() => world?.close());

    it('are made once when several transactions want them together', async () => {
      const write = (index: number): Promise<unknown> =>
        world.store.transaction(async (tx) => {
          await ensureSeries(tx, 'snapshot', '2020-03-09', '2020-03-20');
          await execute(tx, `INSERT INTO snapshot (day, text) VALUES ('2020-03-1${index}', 'x')`);
        });
      await Promise.all(Array.from({ length: 6 }, (_, index) => write(index)));
      expect(await world.chunks('snapshot')).toEqual(['2020-03-09', '2020-03-16']);
    });

    it('are made two days ahead, each once, when several instances tidy together', async () => {
      const now = '2020-03-21T12:00:00.000Z';
      await Promise.all(Array.from({ length: 4 }, () => upkeepSeries(world.store, now)));
      expect(await world.chunks('tick')).toEqual(['2020-03-21', '2020-03-22', '2020-03-23']);
      expect(await world.chunks('snapshot')).toEqual(['2020-03-09', '2020-03-16', '2020-03-23']);
      expect(await world.chunks('bar')).toEqual(['2020-01-01']);
      // Nobody has to ask for what is there: a write at midnight finds its partition.
      await world.store.query(`INSERT INTO tick VALUES ('AAPL', '2020-03-23T00:00:00Z', 1)`);
    });

    it('are dropped when another takes no part in them, and otherwise the next time, holding up no writer', async () => {
      const later = '2020-06-25T00:00:00.000Z';
      await world.store.transaction(async (tx) => {
        await execute(tx, `INSERT INTO tick VALUES ('AAPL', '2020-03-23T01:00:00Z', 1)`);
        const waiting = upkeepSeries(world.store, later);
        await expect(waiting).rejects.toMatchObject({ code: '55P03' });
        await execute(tx, `INSERT INTO tick VALUES ('AAPL', '2020-03-23T02:00:00Z', 1)`);
      });
      expect(await upkeepSeries(world.store, later)).toBe(3);
      expect(await world.chunks('tick')).toEqual(['2020-06-25', '2020-06-26', '2020-06-27']);
    });
  });
});
