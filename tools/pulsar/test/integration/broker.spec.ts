import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker, wipe } from '../../src/index.js';
import { acquireTestBroker, brokerOrReason, type TestBroker } from '../../src/testing/index.js';

const describeHere = brokerOrReason() === undefined ? describe : describe.skip;

describeHere('a broker', () => {
  let test: TestBroker;
  beforeAll(async () => {
    test = await acquireTestBroker();
  }, 600_000);
  afterAll(() => test.release());

  const ask = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(`${test.broker.adminUrl}/admin/v2${path}`, { headers })).status;

  it('is found on its folder, and not started a second time', async () => {
    const again = await Broker.start({ dir: test.broker.dir });
    expect([again.ports, again.serviceUrl]).toEqual([test.broker.ports, test.broker.serviceUrl]);
    expect((await Broker.attach(test.broker.dir))?.ports).toEqual(test.broker.ports);
  });

  it('keeps its data while it runs, whoever wants them wiped', async () => {
    await expect(wipe(test.broker.dir)).rejects.toThrow('stop it first');
  });

  it('knows the administrator by a token, lets other roles do nothing by themselves, and nobody without one', async () => {
    const bearer = async (role: string) => ({ authorization: `Bearer ${await test.broker.token(role)}` });
    expect(await ask('/tenants', await bearer('admin'))).toBe(200);
    expect(await ask('/tenants', await bearer('somebody'))).toBe(401);
    expect(await ask('/tenants')).toBe(401);
    expect(await ask('/tenants', { authorization: 'Bearer of.bad.news' })).toBe(401);
  });

  it('registers its bookie once after a crash, finding nothing of the process that was killed, and creates ledgers', async () => {
    const log = join(test.broker.dir, 'broker.log');
    await test.broker.kill();
    const before = readFileSync(log, 'utf8').length;
    await test.broker.restart();
    const locks = readFileSync(log, 'utf8')
      .slice(before)
      .match(/(?<=ResourceLockImpl - ).*\/ledgers\/available\/.*/g);
    expect(locks).toEqual([expect.stringMatching(/^Acquired resource lock on /)]);
  }, 600_000);

  it('answers on its TLS port under its own certificate, and under no other', async () => {
    const headers = { authorization: `Bearer ${await test.broker.token()}` };
    const status = (ca?: string) =>
      new Promise<number>((resolve, reject) => {
        const url = `${test.broker.adminUrlTls}/admin/v2/brokers/ready`;
        request(url, { headers, agent: false, ...(ca === undefined ? {} : { ca }) }, (answer) =>
          resolve(answer.resume().statusCode ?? 0),
        )
          .on('error', reject)
          .end();
      });
    expect(await status(readFileSync(test.broker.certificateFile, 'utf8'))).toBe(200);
    await expect(status()).rejects.toMatchObject({ code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO/) as string });
  });
});

describe('a folder without a broker', () => {
  it('has none to attach to, also where the process that is noted has become another', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'risk-budget-no-broker-'));
    try {
      expect(await Broker.attach(dir)).toBeUndefined();
      const ports = { broker: 1, brokerTls: 2, web: 3, webTls: 4, bookie: 5 };
      await writeFile(join(dir, 'broker.json'), JSON.stringify({ pid: process.pid, ports, settings: {} }));
      // This process runs, and is not that broker.
      expect(await Broker.attach(dir)).toBeUndefined();
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});
