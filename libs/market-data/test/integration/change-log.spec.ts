import { randomUUID } from 'node:crypto';
import { defaultRiskPolicy, type BudgetPlan } from '@risk-budget/contracts';
import { seenAt } from '@risk-budget/market-data';
import { rows, type Tx } from '@risk-budget/persistence';
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

  it('see what was committed between the first look of a new instance and another one that was asked for at the same time and had to wait', async () => {
    const fresh = await one.second();
    const lock = 'SELECT pg_advisory_xact_lock(1, 1)';
    let release = (): void => undefined;
    let held = (): void => undefined;
    const holding = new Promise<void>((resolve) => (held = resolve));
    const holder = one.persistence.transaction(async (tx) => {
      await rows(tx, lock);
      held();
      await new Promise<void>((resolve) => (release = resolve));
    });
    await holding;
    const late = fresh.persistence.transaction(async (tx) => {
      // This look is asked for before that of `find` has told anything, and the server runs it after the commit, when the lock is free.
      await Promise.all([rows(tx, lock), fresh.changes.refresh(tx)]);
    });
    const find = async () => (await fresh.instruments.find(['B'], undefined)).get('B')?.sector;
    expect(await find()).toBeUndefined();
    await one.instruments.put([equity('B', { sector: 'between' })], known(at));
    release();
    await Promise.all([holder, late]);
    expect(await find()).toBe('between');
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

  it('see benchmarks, plans and positions that the other has committed, and what their own transaction has written', async () => {
    const planId = randomUUID();
    const planOf = (version: number): BudgetPlan => ({
      ...{ planId, portfolioId: 'P', version, change: 'activated', status: 'active', effectiveFrom: null },
      ...{ policy: defaultRiskPolicy, method: 'equalWeight', targetWeights: [], rebalancingBand: 0.02 },
      trees: [
        {
          ...{ measure: 'volatility', total: 0.1, reserve: 0 },
          nodes: [
            { nodeId: 'portfolio', parentId: null, kind: 'portfolio', share: 1, budget: 0.1, targetConsumption: 0.1 },
          ],
        },
      ],
      ...{ modelId: null, proposedBy: 'a', approvedBy: 'b' },
    });
    const write = async (stores: Stores, n: number, tx?: Tx): Promise<void> => {
      const source = known(close(`2020-01-0${n}`));
      await stores.benchmarks.put({ benchmarkId: 'M', kind: 'series', instrumentId: `I${n}` }, source, tx);
      await stores.plans.put(planOf(n), source, tx);
      const positions = [{ instrumentId: 'A', strategy: 's', quantity: `${n}` }];
      const statement = { portfolioId: 'P', asOf: source.occurredAt, sequence: n, cash: [], positions };
      await stores.positions.putSnapshot(statement, source, tx);
    };
    const seen = async (stores: Stores, tx?: Tx): Promise<unknown[]> => {
      const benchmark = await stores.benchmarks.find('M', seenAt(at), tx);
      const holdings = await stores.positions.holdings('P', seenAt(at), tx);
      return [
        benchmark?.kind === 'series' ? benchmark.instrumentId : undefined,
        (await stores.plans.active('P', seenAt(at), tx))?.version,
        (await stores.plans.version('P', planId, 3, tx))?.version,
        holdings?.positions[0]?.quantity,
      ];
    };
    const of = (n: number): unknown[] => [`I${n}`, n, n === 3 ? 3 : undefined, `${n}`];
    expect([await seen(one), await seen(two)]).toEqual([Array(4).fill(undefined), Array(4).fill(undefined)]);
    await write(one, 1);
    expect([await seen(one), await seen(two)]).toEqual([of(1), of(1)]);
    await write(two, 2);
    expect([await seen(one), await seen(two)]).toEqual([of(2), of(2)]);
    const rolledBack = one.persistence.transaction(async (tx) => {
      await write(one, 3, tx);
      expect(await seen(one, tx)).toEqual(of(3));
      expect([await seen(one), await seen(two)]).toEqual([of(2), of(2)]);
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    expect([await seen(one), await seen(two)]).toEqual([of(2), of(2)]);
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
