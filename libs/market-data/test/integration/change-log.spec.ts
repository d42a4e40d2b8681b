import type { Tx } from '@risk-budget/persistence';
import { close, createTestStores, equity, known, type Stores, type TestStores } from '../support/stores.js';

const at = close('2020-01-10');

describe('the caches of two instances', () => {
  let one: TestStores;
  let two: Stores;
  beforeAll(async () => {
    one = await createTestStores();
    two = await one.second();
  });
  afterAll(() => one?.close());

  const sectorIn = async (stores: Stores, tx?: Tx) =>
    (await stores.instruments.find(['A'], undefined, tx)).get('A')?.sector;

  it('see what the other has committed', async () => {
    await one.instruments.put([equity('A', { sector: 'first' })], known(at));
    expect([await sectorIn(one), await sectorIn(two)]).toEqual(['first', 'first']);
    await two.instruments.put([equity('A', { sector: 'second' })], known(at));
    expect([await sectorIn(one), await sectorIn(two)]).toEqual(['second', 'second']);
  });

  it('see what their own transaction has written, and forget it when that is rolled back', async () => {
    const rolledBack = one.persistence.transaction(async (tx) => {
      await one.instruments.put([equity('A', { sector: 'never' })], known(at), tx);
      expect(await sectorIn(one, tx)).toBe('never');
      expect([await sectorIn(one), await sectorIn(two)]).toEqual(['second', 'second']);
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    expect([await sectorIn(one), await sectorIn(two)]).toEqual(['second', 'second']);
  });

  it('miss nothing of transactions that overlap', async () => {
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    let written = (): void => undefined;
    const wrote = new Promise<void>((resolve) => (written = resolve));
    const slow = one.persistence.transaction(async (tx) => {
      await one.instruments.put([equity('A', { sector: 'slow' })], known(at), tx);
      written();
      await held;
    });
    await wrote;
    // A later transaction commits first, and the other instance reads in between.
    await one.instruments.put([equity('B', { sector: 'fast' })], known(at));
    expect(await sectorIn(two)).toBe('second');
    finish();
    await slow;
    expect(await sectorIn(two)).toBe('slow');
  });

  it('agree after any number of writers at once', async () => {
    const sectors = Array.from({ length: 20 }, (_, i) => `s${i}`);
    await Promise.all(
      sectors.flatMap((sector, i) => [
        (i % 2 === 0 ? one : two).instruments.put([equity(`W${i % 4}`, { sector })], known(at)).catch(() => []),
        sectorIn(i % 3 === 0 ? one : two),
      ]),
    );
    const ids = ['W0', 'W1', 'W2', 'W3'];
    const stored = await one.persistence.query<{ id: string; sector: string }>(
      `SELECT DISTINCT ON (id) id, body ->> 'sector' AS sector FROM md_instrument WHERE id LIKE 'W%' ORDER BY id, known_at DESC, revision DESC`,
    );
    for (const stores of [one, two]) {
      const found = await stores.instruments.find(ids);
      expect(stored.map(({ id }) => found.get(id)?.sector)).toEqual(stored.map(({ sector }) => sector));
    }
  });
});
