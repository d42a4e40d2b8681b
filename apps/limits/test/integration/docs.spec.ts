import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  barsPublished,
  defaultRiskPolicy,
  instrumentDefined,
  positionsStated,
  riskModelPublished,
} from '@risk-budget/contracts';
import { modelOf } from '../fixtures/market.js';
import { approver, riskManager, viewer, World } from './world.js';

const at = '2020-03-02T21:00:00.000Z';
const page = fileURLToPath(new URL('../../../../docs/limits.md', import.meta.url));
const run = promisify(execFile);

/** One name in one strategy, as the examples of the page name them. */
async function fill(world: World): Promise<void> {
  await world.advance(at);
  await world.definePortfolio('GLOBAL-CORE');
  await world.publish(instrumentDefined, at, {
    instrumentId: 'KO',
    name: 'Coca-Cola',
    assetClass: 'equity',
    currency: 'USD',
    sector: 'Consumer Staples',
    issuer: 'Coca-Cola',
    staleAfterDays: 30,
    contractMultiplier: '1',
  });
  await world.publish(barsPublished, at, {
    feed: 'daily',
    interval: 'P1D',
    bars: [{ instrumentId: 'KO', time: at, close: '50', adjustmentFactor: '1' }],
  });
  await world.publish(positionsStated, at, {
    portfolioId: 'GLOBAL-CORE',
    asOf: at,
    sequence: 1,
    positions: [{ strategy: 'defensive', instrumentId: 'KO', quantity: '1000' }],
    cash: [{ currency: 'USD', amount: '50000' }],
  });
  await world.publish(riskModelPublished, at, {
    ...modelOf('GLOBAL-CORE', at),
    policy: defaultRiskPolicy,
    rows: [{ instrumentId: 'KO', observations: 500, covariances: [0.0001] }],
  });
  await world.settled();
  await world.limit({ limitId: 'core-volatility', portfolioId: 'GLOBAL-CORE', severity: 'hard' });
  await world.snapshot('GLOBAL-CORE', 0.3, at);
}

describe('docs/limits.md', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
    await fill(world);
  });
  afterAll(() => world.stop());

  it('has examples that run as they stand, one after the other', async () => {
    const text = await readFile(page, 'utf8');
    const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? '');
    expect(blocks.length).toBeGreaterThan(8);
    const token = async (person: typeof viewer) => (await world.handle.bearer(person)).replace('Bearer ', '');
    const env = {
      ...process.env,
      LIMITS_URL: world.handle.service.url,
      TOKEN_VIEWER: await token(viewer),
      TOKEN_RISK_MANAGER: await token(riskManager),
      TOKEN_APPROVER: await token(approver),
    };
    const { stdout } = await run('sh', ['-euc', blocks.join('\n')], { env });
    expect(stdout).toContain('"valid":true');
    expect(await world.breach('core-volatility')).toMatchObject({ state: 'remediating' });
    expect(await world.ok('/v1/limits/docs-gross')).toMatchObject({ latest: { status: 'retired' } });
  });
});
