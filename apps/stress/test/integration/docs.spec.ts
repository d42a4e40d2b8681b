import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { approver, lastDay, riskManager, viewer, World, type Person } from './world.js';

const page = fileURLToPath(new URL('../../../../docs/stress.md', import.meta.url));
const run = promisify(execFile);

describe('docs/stress.md', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start('GLOBAL-CORE');
    await world.upstream.advance(`${lastDay}T21:30:00.000Z`);
  }, 120_000);
  afterAll(() => world.stop());

  it('has examples that run as they stand, one after the other', async () => {
    const text = await readFile(page, 'utf8');
    const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? '');
    expect(blocks.length).toBeGreaterThan(4);
    const token = async (person: Person) => (await world.handle.bearer(person)).replace('Bearer ', '');
    const env = {
      ...process.env,
      STRESS_URL: world.handle.service.url,
      TOKEN_VIEWER: await token(viewer),
      TOKEN_RISK_MANAGER: await token(riskManager),
      TOKEN_APPROVER: await token(approver),
    };
    const { stdout } = await run('bash', ['-euc', blocks.join('\n')], { env });
    expect(stdout).toContain('"generator":"studentT"');
    expect(stdout).toContain('<h1>Stress of GLOBAL-CORE</h1>');
    const { body } = await world.call('GET', '/v1/scenarios/docs-market-down');
    expect(body).toMatchObject({ inForce: null, latest: { status: 'retired' } });
  });
});
