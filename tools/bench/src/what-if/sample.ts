import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { judge } from '../system/goal.js';
import { quantile } from '../system/report.js';
import { Standalone } from '../system/standalone.js';
import { openLoop } from './open-loop.js';
import { print, printTimes, twoTrades, type Leaf } from './questions.js';

const portBase = 4800;
const portfolioId = 'GLOBAL-CORE';
const perSecond = 100;
const warmUpSeconds = 5;
const measuredSeconds = 30;

/** Reads the shell file with URLs and tokens that the system writes for its users. */
async function accessOf(system: Standalone): Promise<(name: string) => string> {
  const text = await readFile(join(system.dataDir, 'access.env'), 'utf8');
  const values = new Map(
    [...text.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  return (name) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`the system names no ${name}`);
    return value;
  };
}

/** What the portfolio holds now. */
async function leavesOf(service: string, token: string): Promise<Leaf[]> {
  const url = `${service}/v1/market-data/portfolios/${portfolioId}/holdings`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  const { positions } = (await response.json()) as { positions: Leaf[] };
  return positions.map(({ strategy, instrumentId }) => ({ strategy, instrumentId }));
}

/** @returns whether the goal is reached */
export async function whatIfOnSample(): Promise<boolean> {
  const system = await Standalone.start([], portBase);
  try {
    await system.line(/^Up\. /);
    const access = await accessOf(system);
    const service = access('UTILIZATION_URL');
    const token = access('TOKEN_RISK_MANAGER');
    const leaves = await leavesOf(service, token);
    if (leaves.length < 21) throw new Error(`${portfolioId} holds ${leaves.length} positions only`);
    const times = await openLoop({
      url: `${service}/v1/portfolios/${portfolioId}/what-if`,
      token,
      perSecond,
      warmUp: warmUpSeconds * perSecond,
      measured: measuredSeconds * perSecond,
      body: (index) => ({ trades: twoTrades(leaves, index) }),
    });
    printTimes(`what-if of ${leaves.length} positions, ${times.length} requests at ${perSecond} a second:`, times);
    return judge([{ name: 'POST what-if, P99', value: quantile(times, 0.99), unit: 'ms', below: 20 }], print);
  } finally {
    await system.stop();
  }
}
