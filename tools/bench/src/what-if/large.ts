import { judge } from '../system/goal.js';
import { quantile } from '../system/report.js';
import { Services } from '../system/services.js';
import { World } from '../services/world.js';
import { openLoop } from './open-loop.js';
import { print, printTimes, twoTrades, type Leaf } from './questions.js';

const factors = 50;
const perSecond = 50;
const warmUpSeconds = 10;
const measuredSeconds = 30;
/** Lists of every position, each of some 400 kB, are asked for more slowly and without a goal. */
const listsPerSecond = 2;

/**
 * One portfolio of so many positions with a stored model of 50 factors, and utilization alone as a process: two trades in each body, then every
 * position in each.
 *
 * @returns whether the goal is reached
 */
export async function whatIfOnLarge(positions: number): Promise<boolean> {
  const services = await Services.prepare(['utilization'], 4860);
  try {
    const { url } = await services.start('utilization');
    const world = new World(services, { portfolios: 1, positions, instruments: positions, factors });
    await world.publishPortfolios('utilization');
    const leaves: Leaf[] = Array.from({ length: positions }, (_, index) => ({
      strategy: 'core',
      instrumentId: world.instrument(index),
    }));
    const asked = {
      url: `${url}/v1/portfolios/${world.portfolio(0)}/what-if`,
      token: await services.token('riskManager'),
    };
    const times = await openLoop({
      ...asked,
      perSecond,
      warmUp: warmUpSeconds * perSecond,
      measured: measuredSeconds * perSecond,
      body: (index) => ({ trades: twoTrades(leaves, index) }),
    });
    printTimes(
      `what-if of ${positions} positions and ${factors} factors, ${times.length} requests at ${perSecond} a second:`,
      times,
    );
    const whole = await openLoop({
      ...asked,
      perSecond: listsPerSecond,
      warmUp: listsPerSecond * warmUpSeconds,
      measured: listsPerSecond * measuredSeconds,
      body: (index) => ({
        trades: leaves.map((leaf, at) => ({ ...leaf, quantityChange: String(1 + ((index + at) % 97)) })),
      }),
    });
    printTimes(
      `the same with every position in the body, ${whole.length} requests at ${listsPerSecond} a second:`,
      whole,
    );
    return judge([{ name: 'POST what-if, P99', value: quantile(times, 0.99), unit: 'ms', below: 50 }], print);
  } finally {
    await services.stop();
  }
}
