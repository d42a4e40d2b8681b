import { DataSource } from 'typeorm';
import { auditAnchored } from '@risk-budget/contracts';
import { createDriver, readEvents } from '@risk-budget/messaging';
import { bindNow, dropUnsent, Persistence } from '@risk-budget/persistence';
import { AuditService, nextMidnight, TimerService, type AuditVerification } from '@risk-budget/service-kit';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { hashOf } from '../../src/audit/audit-entry.js';
import type { AuditEntry } from '../../src/audit/audit.types.js';
import { sampleService } from '../sample/sample.service.js';
import { until } from '../../src/testing/until.js';

const actor = { subject: 'anna', issuer: 'https://issuer.test', name: 'Anna' };

describe('audit', () => {
  let handle: TestServiceHandle;
  let admin: DataSource;
  let token: string;

  beforeAll(async () => {
    handle = await startTestService(sampleService);
    admin = await new DataSource({
      type: 'postgres',
      url: handle.database.adminUrl,
      schema: 'sample',
      extra: { options: '-c search_path=sample' },
    }).initialize();
    token = await handle.bearer({ subject: 'anna', roles: ['riskManager'], portfolios: ['P*'] });
  });

  afterAll(async () => {
    await admin?.destroy();
    await handle?.stop();
  });

  async function fill(chain: string, entries = 5): Promise<void> {
    const audit = handle.service.get(AuditService);
    for (let i = 1; i <= entries; i++) {
      await handle.service.get(Persistence).transaction((tx) =>
        audit.append(tx, {
          chain,
          actor,
          action: 'limit.approved',
          subject: `L${i}`,
          data: { value: 0.1 * i, tiny: 1e-300, text: 'é "quoted"', nested: { list: [1, null, true] } },
          occurredAt: `2020-03-09T21:00:00.${String(i).padStart(6, '0')}Z`,
        }),
      );
    }
  }
  async function verify(chain: string): Promise<AuditVerification> {
    const response = await fetch(`${handle.service.url}/v1/audit/${chain}/verification`, {
      headers: { authorization: token },
    });
    expect(response.status).toBe(200);
    return (await response.json()) as AuditVerification;
  }

  it('chains entries that verify after a round trip through the database', async () => {
    await fill('P1');
    expect(await verify('P1')).toMatchObject({ valid: true, length: 5, problems: [] });
    const response = await fetch(`${handle.service.url}/v1/audit/P1?limit=2`, { headers: { authorization: token } });
    const page = (await response.json()) as {
      items: { position: number; previous: string; hash: string; occurredAt: string }[];
      nextCursor: string;
    };
    expect(page.items.map((entry) => entry.position)).toEqual([1, 2]);
    expect(page.items[1]?.previous).toBe(page.items[0]?.hash);
    expect(page.items[0]?.occurredAt).toBe('2020-03-09T21:00:00.000001Z');
    const next = await fetch(`${handle.service.url}/v1/audit/P1?limit=9&cursor=${page.nextCursor}`, {
      headers: { authorization: token },
    });
    expect(((await next.json()) as { items: unknown[] }).items).toHaveLength(3);
  });

  it('is not forked by writers at the same time', async () => {
    await Promise.all(Array.from({ length: 10 }, () => fill('P2', 2)));
    expect(await verify('P2')).toMatchObject({ valid: true, length: 20 });
  });

  it('binds what one transaction decides in its order, to each of its chains, and locks them in one order', async () => {
    const audit = handle.service.get(AuditService);
    const decide = (chains: readonly string[]): Promise<void> =>
      handle.service.get(Persistence).transaction(async (tx) => {
        for (const [index, chain] of chains.entries())
          await audit.append(tx, { chain, actor, action: `step.${index}`, subject: 'S', data: { index } });
      });
    const forth = ['P5', 'P6', 'P5'];
    await decide(forth);
    // Were the chains locked as they are named, these would lock each other out.
    await Promise.all(Array.from({ length: 10 }, (_, turn) => decide(turn % 2 === 0 ? forth : forth.toReversed())));
    expect(await verify('P6')).toMatchObject({ valid: true });
    const { length, ...rest } = await verify('P5');
    expect([length + (await verify('P6')).length, rest.valid]).toEqual([33, true]);
    const response = await fetch(`${handle.service.url}/v1/audit/P5?limit=2`, { headers: { authorization: token } });
    const { items } = (await response.json()) as { items: AuditEntry[] };
    expect(items.map(({ action }) => action)).toEqual(['step.0', 'step.2']);
  });

  it('keeps no decision of a transaction that fails', async () => {
    const audit = handle.service.get(AuditService);
    await fill('P7', 1);
    const failing = handle.service.get(Persistence).transaction(async (tx) => {
      await audit.append(tx, { chain: 'P7', actor, action: 'never', subject: 'S', data: {} });
      throw new Error('given up');
    });
    await expect(failing).rejects.toThrow('given up');
    await fill('P7', 1);
    expect(await verify('P7')).toMatchObject({ valid: true, length: 2 });
  });

  it('keeps what was decided before a savepoint, and nothing behind one that is rolled back', async () => {
    const audit = handle.service.get(AuditService);
    await handle.service.get(Persistence).transaction(async (tx) => {
      const decide = (action: string) => audit.append(tx, { chain: 'P8', actor, action, subject: 'S', data: {} });
      await decide('before');
      await bindNow(tx);
      await tx.query('SAVEPOINT here');
      await decide('undone');
      dropUnsent(tx);
      await tx.query('ROLLBACK TO SAVEPOINT here');
      await decide('after');
    });
    expect(await verify('P8')).toMatchObject({ valid: true, length: 2 });
    const response = await fetch(`${handle.service.url}/v1/audit/P8?limit=9`, { headers: { authorization: token } });
    const { items } = (await response.json()) as { items: AuditEntry[] };
    expect(items.map(({ action }) => action)).toEqual(['before', 'after']);
  });

  it('hides chains of foreign portfolios and unknown ones alike', async () => {
    await fill('Q1', 1);
    for (const chain of ['Q1', 'P-unknown', 'Q-unknown']) {
      const response = await fetch(`${handle.service.url}/v1/audit/${chain}`, { headers: { authorization: token } });
      expect(response.status).toBe(404);
    }
  });

  it('cannot be changed by the run-time role', async () => {
    const persistence = handle.service.get(Persistence);
    for (const sql of [
      `UPDATE audit_entry SET action = 'x'`,
      'DELETE FROM audit_entry',
      'TRUNCATE audit_entry',
      'DELETE FROM audit_anchor',
    ]) {
      await expect(persistence.query(sql)).rejects.toThrow(/permission denied/);
    }
  });

  it.each([
    [
      'a changed value',
      `UPDATE audit_entry SET data = jsonb_set(data, '{value}', '9') WHERE chain = $1 AND position = 3`,
      3,
      'was changed',
    ],
    [
      'another actor',
      `UPDATE audit_entry SET actor = '{"subject":"eve","issuer":"x"}' WHERE chain = $1 AND position = 2`,
      2,
      'was changed',
    ],
    ['an entry taken out', `DELETE FROM audit_entry WHERE chain = $1 AND position = 3`, 4, 'missing'],
    [
      'the last entries cut off',
      `DELETE FROM audit_entry WHERE chain = $1 AND position > 3`,
      4,
      'at the end of the chain are missing',
    ],
  ])('shows %s', async (_, sql, position, problem) => {
    const chain = `P-tamper-${position}-${problem.length}`;
    await fill(chain);
    await admin.query(sql, [chain]);
    const verification = await verify(chain);
    expect(verification.valid).toBe(false);
    expect(verification.problems).toContainEqual({ position, problem: expect.stringContaining(problem) });
  });

  it('shows a chain that was rewritten from its end with all its hashes, by the anchor that went out', async () => {
    await fill('P3');
    const persistence = handle.service.get(Persistence);
    const timers = handle.service.get(TimerService);
    await persistence.transaction((tx) =>
      timers.schedule(tx, { kind: 'service-kit.audit-anchor', key: 'daily', dueAt: new Date().toISOString() }),
    );
    const driver = createDriver(handle.messagingUrl);
    const anchors = async (): Promise<{ chain: string; length: number }[]> => {
      const found = [];
      for await (const event of readEvents(driver, auditAnchored)) found.push(...event.data.heads);
      return found;
    };
    await until(async () => (await anchors()).some((head) => head.chain === 'P3' && head.length === 5));
    await driver.close();
    const next = await persistence.transaction((tx) => timers.find(tx, 'service-kit.audit-anchor', 'daily'));
    expect(next?.dueAt).toBe(nextMidnight(new Date().toISOString()));
    const [last] = await persistence.query<AuditEntry & { hash: string }>(
      `SELECT chain, position, previous, hash, occurred_at AS "occurredAt", recorded_at AS "recordedAt", actor, action, subject, data FROM audit_entry WHERE chain = 'P3' AND position = 5`,
    );
    if (last === undefined) throw new Error('no entry');
    const { hash: _, ...content } = last;
    const forged = { ...content, data: { value: 'forged' } };
    await admin.query(`UPDATE audit_entry SET data = $1, hash = $2 WHERE chain = 'P3' AND position = 5`, [
      JSON.stringify(forged.data),
      hashOf(forged),
    ]);
    await admin.query(`UPDATE audit_head SET hash = $1 WHERE chain = 'P3'`, [hashOf(forged)]);
    expect(await verify('P3')).toMatchObject({
      valid: false,
      problems: [{ position: 5, problem: expect.stringContaining('anchored') }],
    });
  });
});
