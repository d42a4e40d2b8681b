import type { EventEmitter } from 'node:events';
import {
  afterCommit,
  beforeCommit,
  bindBeforeCommit,
  bindNow,
  createPersistence,
  dropUnsent,
  execute,
  executeLater,
  rows,
  runLast,
  type Migration,
  type Persistence,
} from '@risk-budget/persistence';
import { createTestDatabase, type TestDatabase } from '@risk-budget/persistence/testing';

const tables: Migration = {
  name: '0001-tables',
  up: 'CREATE TABLE thing (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL)',
};

describe('round trips of a transaction', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase({ timescale: 'off', services: ['limits'], migrations: { limits: [tables] } });
  });
  afterAll(() => database?.drop());

  let one: Persistence;
  let roundTrips = 0;
  beforeAll(async () => {
    const url = database.service('limits').appUrl;
    one = await createPersistence({ url, schema: 'limits', timescale: 'off', poolSize: 1 });
    await one.transaction(async (tx) => {
      const { connection } = (await tx.queryRunner?.connect()) as { connection: EventEmitter };
      connection.on('readyForQuery', () => roundTrips++);
    });
    // A connection's first transactions prepare what later ones send along.
    await insert('warm', 'warmer');
    await one.transaction(async (tx) => {
      await execute(tx, FAIL, [1]);
      await rows(tx, COUNT, ['']);
    });
  });
  afterAll(() => one?.close());

  const FAIL = 'INSERT INTO thing (name) SELECT (1 / $1::integer)::text';
  const INSERT = 'INSERT INTO thing (name) VALUES ($1) RETURNING name';
  const insert = (first: string, last: string): Promise<string[]> => {
    const told: string[] = [];
    return one.transaction(async (tx) => {
      await rows(tx, INSERT, [first]);
      runLast<{ name: string }>(tx, INSERT, [last], (found) => told.push(...found.map(({ name }) => name)));
      afterCommit(tx, () => told.push('committed'));
      return told;
    });
  };
  const COUNT = 'SELECT count(*) AS n FROM thing WHERE name LIKE $1';
  const stored = async (...names: string[]): Promise<string[]> =>
    (await one.query<{ name: string }>('SELECT name FROM thing WHERE name = ANY($1::text[]) ORDER BY id', [names])).map(
      ({ name }) => name,
    );

  it('is none for the beginning and the end, and none where nothing is run', async () => {
    roundTrips = 0;
    await one.transaction(() => Promise.resolve());
    expect(roundTrips).toBe(0);
    expect(await insert('first', 'last')).toEqual(['last', 'committed']);
    expect(roundTrips).toBe(2);
    expect(await stored('first', 'last')).toEqual(['first', 'last']);
  });

  it('keeps nothing when the last fails, and gives the connection back in order', async () => {
    const committed: string[] = [];
    const failing = one.transaction(async (tx) => {
      await execute(tx, INSERT, ['lost']);
      runLast(tx, FAIL, [0], () => committed.push('told'));
      afterCommit(tx, () => committed.push('after'));
    });
    await expect(failing).rejects.toMatchObject({ code: '22012' });
    expect([committed, await stored('lost')]).toEqual([[], []]);
    expect(await insert('next', 'after')).toEqual(['after', 'committed']);
  });

  it('is one for all that is asked for in one turn, each given its own answer', async () => {
    roundTrips = 0;
    const told = await one.transaction((tx) =>
      Promise.all(['a1', 'a2', 'a3'].map((name) => rows<{ name: string }>(tx, INSERT, [name]))),
    );
    expect(told).toEqual([[{ name: 'a1' }], [{ name: 'a2' }], [{ name: 'a3' }]]);
    // The commit is not known yet when they are asked for.
    expect(roundTrips).toBe(2);
    expect(await stored('a1', 'a2', 'a3')).toEqual(['a1', 'a2', 'a3']);
  });

  it('is none for what nobody waits for: it goes before the next statement, and with the commit', async () => {
    roundTrips = 0;
    const seen = await one.transaction(async (tx) => {
      await executeLater(tx, INSERT, ['b1']);
      await executeLater(tx, INSERT, ['b2']);
      const found = await rows(tx, COUNT, ['b%']);
      await executeLater(tx, INSERT, ['b3']);
      return found;
    });
    expect(seen).toEqual([{ n: 2 }]);
    expect(roundTrips).toBe(2);
    expect(await stored('b1', 'b2', 'b3')).toEqual(['b1', 'b2', 'b3']);

    roundTrips = 0;
    await one.transaction((tx) => executeLater(tx, INSERT, ['b4']));
    expect([roundTrips, await stored('b4')]).toEqual([1, ['b4']]);
  });

  it('keeps the order of statements that the connection knows and those that are new to it', async () => {
    await one.transaction(async (tx) => {
      await executeLater(tx, INSERT, ['c1']);
      await executeLater(tx, "INSERT INTO thing (name) VALUES ('c2')");
      await executeLater(tx, INSERT, ['c3']);
      await tx.query("INSERT INTO thing (name) VALUES ('c4')");
      await executeLater(tx, INSERT, ['c5']);
    });
    expect(await stored('c1', 'c2', 'c3', 'c4', 'c5')).toEqual(['c1', 'c2', 'c3', 'c4', 'c5']);
  });

  it('tells whoever waits next of a failure that nobody waited for, and runs nothing behind it', async () => {
    const after: unknown[] = [];
    const failing = one.transaction(async (tx) => {
      await executeLater(tx, INSERT, ['d1']);
      await executeLater(tx, FAIL, [0]);
      const outcomes = await Promise.allSettled([rows(tx, INSERT, ['d2']), rows(tx, COUNT, ['d%'])]);
      after.push(...outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'run')));
      throw new Error('given up');
    });
    await expect(failing).rejects.toThrow('given up');
    expect(after).toEqual(['22012', '22012']);
    expect(await stored('d1', 'd2')).toEqual([]);
    await expect(one.transaction((tx) => executeLater(tx, FAIL, [0]))).rejects.toMatchObject({ code: '22012' });
    expect(await insert('d3', 'd4')).toEqual(['d4', 'committed']);
  });

  it('answers those before one that fails', async () => {
    const outcomes = await one
      .transaction(async (tx) => {
        const both = await Promise.allSettled([rows(tx, COUNT, ['none%']), execute(tx, FAIL, [0])]);
        throw Object.assign(new Error('given up'), { both });
      })
      .catch((error: unknown) => (error as { both: unknown }).both);
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: [{ n: 0 }] },
      { status: 'rejected', reason: { code: '22012' } },
    ]);
  });

  it('refuses a value that cannot be sent and runs nothing behind it', async () => {
    const self: Record<string, unknown> = {};
    self.self = self;
    const failing = one.transaction(async (tx) => {
      await executeLater(tx, INSERT, ['e1']);
      await executeLater(tx, INSERT, [self]);
      await rows(tx, INSERT, ['e2']);
    });
    await expect(failing).rejects.toThrow('circular');
    expect(await stored('e1', 'e2')).toEqual([]);
    expect(await insert('e3', 'e4')).toEqual(['e4', 'committed']);
  });

  it('binds what is to be written last before other work at the commit, also what that work adds', async () => {
    const order: string[] = [];
    await one.transaction(async (tx) => {
      const bind = (name: string) =>
        bindBeforeCommit(tx, {
          bind: async () => void order.push(name),
          forget: () => order.push(`${name} forgotten`),
        });
      beforeCommit(tx, async () => {
        order.push('first work');
        bind('second');
      });
      beforeCommit(tx, async () => void order.push('second work'));
      bind('first');
      bind('third');
      await bindNow(tx);
      bind('fourth');
      dropUnsent(tx);
    });
    expect(order).toEqual(['first', 'third', 'fourth forgotten', 'first work', 'second', 'second work']);
  });

  it('forgets what was not sent where a savepoint is rolled back', async () => {
    await one.transaction(async (tx) => {
      await executeLater(tx, INSERT, ['f1']);
      await tx.query('SAVEPOINT here');
      await executeLater(tx, FAIL, [0]);
      dropUnsent(tx);
      await tx.query('ROLLBACK TO SAVEPOINT here');
      await executeLater(tx, INSERT, ['f2']);
    });
    expect(await stored('f1', 'f2')).toEqual(['f1', 'f2']);
  });

  it.each([
    ['texts', 'text[]', ['plain', 'with "quotes"', 'back\\slash', '{brace,comma}', '', 'NULL', null, 'é\n\t']],
    ['numbers', 'float8[]', [0, -1.5, 1e300, 5e-324, null]],
    ['truth values', 'boolean[]', [true, false, null]],
    [
      'lists of lists',
      'int[]',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['an object', 'jsonb', { list: [1, null, 'a "b" \\'], nested: { text: "it's" } }],
    ['objects', 'jsonb[]', [{ a: 1 }, { b: ['x"y'] }]],
    ['bytes', 'bytea', Buffer.from([0, 92, 255])],
    ['lists of bytes', 'bytea[]', [Buffer.from([0, 92]), Buffer.from([255])]],
    ['a whole number beyond 2^53', 'text', '9007199254740993'],
  ])('gives the server %s as they are', async (_, type, value) => {
    const [row] = await one.query<{ value: unknown }>(`SELECT $1::${type} AS value`, [value]);
    expect(row?.value).toEqual(value);
  });

  it('gives the server instants whatever the time zone of this process', async () => {
    const at = new Date('2020-03-08T07:30:00.125Z');
    const sql =
      'SELECT $1::timestamptz = $2::timestamptz AS same, $3::timestamptz[] = ARRAY[$2::timestamptz] AS listed';
    expect(await one.query(sql, [at, at.toISOString(), [at]])).toEqual([{ same: true, listed: true }]);
  });

  // The last: the connection is of no use after it.
  it('runs no statement where it could not begin, nor one that waited for that, whoever swallows the error', async () => {
    // Only the BEGIN is refused: the statements themselves would run.
    const [begin] = await one.query<{ name: string }>(
      "SELECT name FROM pg_prepared_statements WHERE statement = 'BEGIN'",
    );
    await one.query(`DEALLOCATE "${begin?.name}"`);
    const refused = one.transaction(async (tx) => {
      const both = [execute(tx, INSERT, ['outside']), execute(tx, INSERT, ['beside'])];
      const results = await Promise.allSettled(both);
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      await expect(execute(tx, INSERT, ['behind'])).rejects.toMatchObject({ code: '26000' });
    });
    await expect(refused).rejects.toThrow('rolled back');
    expect(await stored('outside', 'beside', 'behind')).toEqual([]);
  });
});
