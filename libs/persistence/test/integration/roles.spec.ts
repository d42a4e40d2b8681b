import {
  afterCommit,
  beforeCommit,
  createPersistence,
  execute,
  insertOnly,
  isInfrastructureError,
  migrate,
  provision,
  rows,
  schemaStatus,
  sqlState,
} from '@risk-budget/persistence';
import type { Migration, Persistence } from '@risk-budget/persistence';
import { createTestDatabase, type TestDatabase } from '@risk-budget/persistence/testing';

const tables: Migration = {
  name: '0001-tables',
  up: `CREATE TABLE thing (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, at timestamptz, day date, amount numeric)`,
};
const audit: Migration = {
  name: '0002-audit',
  up: (context) => [
    'CREATE TABLE audit_entry (id bigint PRIMARY KEY, text text NOT NULL)',
    ...insertOnly(context, 'audit_entry'),
  ],
};

describe('schemas, roles and migrations', () => {
  let database: TestDatabase;
  let limits: Persistence;

  beforeAll(async () => {
    database = await createTestDatabase({
      timescale: 'off',
      services: ['limits', 'allocation'],
      migrations: { limits: [tables, audit] },
    });
    limits = await createPersistence({ url: database.service('limits').appUrl, schema: 'limits', timescale: 'off' });
  });

  afterAll(async () => {
    await limits?.close();
    await database?.drop();
  });

  const refused = (sql: string) =>
    expect(limits.query(sql).catch((error: unknown) => sqlState(error))).resolves.toBe('42501');

  it('lets the run-time role read and write its own tables', async () => {
    const inserted = await limits.transaction((tx) =>
      rows<{ id: number }>(
        tx,
        `INSERT INTO thing (name, at, day, amount) VALUES ('a', '2020-01-02T21:00:00Z', '2020-01-02', 1.10) RETURNING id`,
      ),
    );
    expect(inserted).toEqual([{ id: 1 }]);
    expect(await limits.query('SELECT * FROM thing')).toEqual([
      { id: 1, name: 'a', at: '2020-01-02T21:00:00.000Z', day: '2020-01-02', amount: '1.10' },
    ]);
    const touched = await limits.transaction((tx) => execute(tx, `UPDATE thing SET name = 'b'`));
    expect(touched).toBe(1);
  });

  it('keeps the run-time role from altering, creating and dropping', async () => {
    await refused('ALTER TABLE thing ADD COLUMN more text');
    await refused('CREATE TABLE more (id int)');
    await refused('CREATE TABLE public.more (id int)');
    await refused('DROP TABLE thing');
    await refused('TRUNCATE thing');
    await refused('CREATE TEMP TABLE more (id int)');
    await refused(`INSERT INTO schema_migration (name, position) VALUES ('x', 9)`);
  });

  it('keeps the run-time role from changing an audit trail', async () => {
    await limits.query(`INSERT INTO audit_entry VALUES (1, 'first')`);
    expect(await limits.query('SELECT text FROM audit_entry')).toEqual([{ text: 'first' }]);
    await refused(`UPDATE audit_entry SET text = 'other'`);
    await refused('DELETE FROM audit_entry');
    await refused('TRUNCATE audit_entry');
  });

  it('keeps the run-time role out of every other schema', async () => {
    await migrate(database.service('allocation').ownerUrl, 'allocation', [tables]);
    await refused('SELECT * FROM allocation.thing');
    await refused('CREATE TABLE allocation.more (id int)');
  });

  it('finds nothing to do when provisioning is run again', async () => {
    const lines: string[] = [];
    const services = ['limits', 'allocation'].map((name) => ({ name, ownerPassword: 'test', appPassword: 'test' }));
    const plan = await provision(database.adminUrl, services, {
      apply: false,
      timescale: 'off',
      print: (line) => lines.push(line),
    });
    expect(plan.steps).toEqual([]);
    expect(lines.join('\n')).toContain('nothing to do');
  });

  it('plans without doing, and shows no password', async () => {
    const services = [{ name: 'fresh', ownerPassword: 'geheim-1', appPassword: 'geheim-2' }];
    const plan = await provision(database.adminUrl, services, { apply: false, timescale: 'off' });
    expect(plan.steps.map((step) => step.description)).toContain('create schema fresh');
    expect(JSON.stringify(plan)).not.toContain('geheim');
    expect(await limits.query(`SELECT 1 FROM pg_namespace WHERE nspname = 'fresh'`)).toEqual([]);
  });

  it('refuses to require an extension that the server does not have', async () => {
    const { appUrl } = database.service('limits');
    await expect(createPersistence({ url: appUrl, schema: 'limits', timescale: 'required' })).rejects.toMatchObject({
      code: 'PERSISTENCE.TIMESCALE_REQUIRED',
    });
    const warnings: string[] = [];
    const auto = await createPersistence({
      url: appUrl,
      schema: 'limits',
      timescale: 'auto',
      warn: (text) => warnings.push(text),
    });
    expect(auto.timescale).toBe(false);
    expect(warnings.join()).toContain('native partitions');
    await auto.close();
  });

  it('runs a list of migrations once, also when two processes start together', async () => {
    const { ownerUrl } = database.service('allocation');
    const list = [tables, audit];
    const [first, second] = await Promise.all([
      migrate(ownerUrl, 'allocation', list),
      migrate(ownerUrl, 'allocation', list),
    ]);
    expect([...first.applied, ...second.applied]).toEqual(['0002-audit']);
    expect((await migrate(ownerUrl, 'allocation', list)).applied).toEqual([]);
  });

  it('refuses a migration that was changed after it ran, and one name twice', async () => {
    const { ownerUrl } = database.service('limits');
    await expect(migrate(ownerUrl, 'limits', [{ ...tables, up: 'SELECT 1' }])).rejects.toMatchObject({
      code: 'PERSISTENCE.MIGRATION_MISMATCH',
    });
    await expect(migrate(ownerUrl, 'limits', [tables, tables])).rejects.toMatchObject({
      code: 'PERSISTENCE.MIGRATION_MISMATCH',
    });
  });

  it('leaves nothing behind of a migration that fails half-way', async () => {
    const broken: Migration = { name: '0003-broken', up: () => ['CREATE TABLE half (id int)', 'SELECT 1/0'] };
    const { ownerUrl } = database.service('limits');
    await expect(migrate(ownerUrl, 'limits', [tables, audit, broken])).rejects.toThrow('0003-broken');
    expect(await limits.query(`SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
  });

  it('tells whether the schema is behind, current or ahead of the code', async () => {
    const later: Migration = { name: '0003-later', up: 'SELECT 1' };
    expect(await schemaStatus(limits, [tables, audit])).toEqual({ state: 'current', missing: [], unknown: [] });
    expect(await schemaStatus(limits, [tables])).toMatchObject({ state: 'ahead', unknown: ['0002-audit'] });
    expect(await schemaStatus(limits, [tables, audit, later])).toMatchObject({
      state: 'behind',
      missing: ['0003-later'],
    });
  });

  it('runs nothing for a transaction that has ended', async () => {
    const ended = await limits.transaction((tx) => Promise.resolve(tx));
    const late = rows(ended, `INSERT INTO thing (name) VALUES ('late')`);
    expect(isInfrastructureError(await late.catch((error: unknown) => error))).toBe(true);
    expect(await limits.query(`SELECT 1 FROM thing WHERE name = 'late'`)).toEqual([]);
  });

  it('says so when a transaction cannot commit because a statement in it failed, whoever swallowed the error', async () => {
    const swallowed = limits.transaction(async (tx) => {
      await execute(tx, `INSERT INTO thing (name) VALUES ('swallowed')`);
      await execute(tx, 'SELECT 1/0').catch(() => undefined);
    });
    await expect(swallowed).rejects.toThrow('rolled back');
    expect(await limits.query(`SELECT 1 FROM thing WHERE name = 'swallowed'`)).toEqual([]);
  });

  it('runs work again after a deadlock, and its hooks only around the commit that counts', async () => {
    await limits.query(`INSERT INTO thing (name) VALUES ('x'), ('y')`);
    const order: string[] = [];
    const touch = (first: string, second: string) =>
      limits.transaction(async (tx) => {
        beforeCommit(tx, async () => void order.push(`before ${first}`));
        afterCommit(tx, () => order.push(`after ${first}`));
        await execute(tx, `UPDATE thing SET amount = 1 WHERE name = $1`, [first]);
        await new Promise((resolve) => setTimeout(resolve, 150));
        await execute(tx, `UPDATE thing SET amount = 2 WHERE name = $1`, [second]);
      });
    await Promise.all([touch('x', 'y'), touch('y', 'x')]);
    expect(order.toSorted()).toEqual(['after x', 'after y', 'before x', 'before y']);
  });

  it('says that a server that is not there is infrastructure, and a wrong statement is not', async () => {
    const unreachable = createPersistence({ url: 'postgresql://x:y@127.0.0.1:1/none', schema: 'limits' });
    expect(isInfrastructureError(await unreachable.catch((error: unknown) => error))).toBe(true);
    expect(isInfrastructureError(await limits.query('SELECT 1/0').catch((error: unknown) => error))).toBe(false);
    const slow = limits.transaction(async (tx) => {
      await tx.query('SET LOCAL statement_timeout = 20');
      await tx.query('SELECT pg_sleep(1)');
    });
    expect(isInfrastructureError(await slow.catch((error: unknown) => error))).toBe(true);
  });

  it('goes on with statements that are prepared while a migration adds a column to what they give', async () => {
    const { ownerUrl } = database.service('limits');
    await limits.query(`INSERT INTO thing (name) VALUES ('prepared')`);
    const select = 'SELECT * FROM thing WHERE name = $1';
    const inTransaction = () => limits.transaction((tx) => rows(tx, select, ['prepared']));
    expect(Object.keys((await limits.query(select, ['prepared']))[0] ?? {})).not.toContain('more');
    expect(await inTransaction()).toHaveLength(1);

    await migrate(ownerUrl, 'limits', [
      tables,
      audit,
      { name: '0003-more', up: 'ALTER TABLE thing ADD COLUMN more text' },
    ]);
    expect(await inTransaction()).toMatchObject([{ more: null }]);
    await migrate(ownerUrl, 'limits', [
      tables,
      audit,
      { name: '0003-more', up: 'ALTER TABLE thing ADD COLUMN more text' },
      { name: '0004-yet-more', up: 'ALTER TABLE thing ADD COLUMN yet_more text' },
    ]);
    expect(await limits.query(select, ['prepared'])).toMatchObject([{ yet_more: null }]);
  });
});
