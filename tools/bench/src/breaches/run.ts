/**
 * From the publish call of a tick to the receipt, by a subscriber outside, of the breach that it opens: utilization and limits as processes, on
 * an embedded database and broker, everything durable. One tick in `every` takes a name over its limit, one takes it back; those of the first
 * seconds warm the services up, and are found but not timed. Run: `npm run bench:breaches` (`-- --breaches 500 --rate 200 --every 8 --warmup
 * 10`; `--beside 1` with allocation, stress and attribution running as well); ends non-zero when the goal is missed or a breach is not found exactly once.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { breachChanged, tickPublished, topics } from '@risk-budget/contracts';
import { readEvents } from '@risk-budget/messaging';
import { startPrice, World } from '../services/world.js';
import { judge } from '../system/goal.js';
import { numbersOf } from '../system/options.js';
import { machine, quantile } from '../system/report.js';
import { Services } from '../system/services.js';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const portfolioId = 'P0';
const limited = 'I0';

/** Proposed by one person and approved by another, as every limit is. */
async function defineLimit(services: Services): Promise<void> {
  const body = {
    limitId: 'weight-of-I0',
    portfolioId,
    name: `Weight of ${limited}`,
    measure: 'weight',
    scope: { level: 'instrument', instrumentId: limited },
    direction: 'upper',
    bound: { kind: 'absolute', value: 0.05 },
    severity: 'soft',
    hysteresis: 0,
    effectiveFrom: '2020-01-01T00:00:00.000Z',
  };
  const proposed = await services.request('limits', '/v1/limits', 'riskManager', { body });
  const ifMatch = proposed.headers.get('etag') ?? '';
  await services.request('limits', '/v1/limits/weight-of-I0/approval', 'approver', { body: {}, ifMatch });
}

const { breaches, rate, positions, every, warmup, beside } = numbersOf(process.argv.slice(2), {
  ...{ breaches: 500, rate: 200, positions: 21 },
  ...{ every: 8, warmup: 10, beside: 0 },
});
const names = ['utilization', 'limits', ...(beside > 0 ? ['allocation', 'stress', 'attribution'] : [])];
print(machine());
const services = await Services.prepare(names, 4870);
const stopReading = new AbortController();
try {
  for (const name of names) await services.start(name);
  const world = new World(services, { portfolios: 1, positions, instruments: positions });
  await world.publishPortfolios('utilization');
  await world.until('limits', topics.positions.name, 1);
  await defineLimit(services);
  await world.until('utilization', topics.limits.name, 1);

  // Up and back in turn: the n-th breach that opens is that of the n-th tick above the limit.
  const publishedAt: number[] = [];
  const openedAt: number[] = [];
  const reading = (async () => {
    const events = readEvents(services.driver, breachChanged, { follow: true, signal: stopReading.signal });
    for await (const { data } of events) if (data.transition === 'opened') openedAt.push(performance.now());
  })();

  // Two of so many ticks are of the limited name: up over its limit, and back. The others move their names a little.
  const above = startPrice * 2;
  const warming = Math.ceil((warmup * rate) / every);
  const ticks = (warming + breaches) * every;
  const sent: Promise<unknown>[] = [];
  const began = performance.now() + 100;
  const other = (index: number): string => `I${1 + (index % (positions - 1))}`;
  for (let index = 0; index < ticks; index++) {
    const turn = index % every;
    const crossing = turn === 0 ? above : turn === Math.floor(every / 2) ? startPrice : undefined;
    const price = crossing ?? startPrice * (1 + 1e-4 * (index % 7));
    await wait(Math.max(0, began + (index * 1000) / rate - performance.now()));
    const time = new Date().toISOString();
    const data = { instrumentId: crossing === undefined ? other(index) : limited, time, price: price.toFixed(4) };
    const event = await world.upstream.prepare(tickPublished, { occurredAt: time, data });
    if (turn === 0) publishedAt.push(performance.now());
    const sending = world.upstream.send(event);
    sending.catch(() => undefined); // shows below
    sent.push(sending);
  }
  await Promise.all(sent);
  const seconds = (performance.now() - began) / 1000;
  const deadline = performance.now() + 60_000;
  while (openedAt.length < warming + breaches && performance.now() < deadline) await wait(50);
  await wait(500); // one that is invented comes late
  stopReading.abort();
  await reading;

  const times = openedAt.map((at, index) => at - (publishedAt[index] ?? Number.NaN)).slice(warming);
  const at = (level: number): string => `${quantile(times, level).toFixed(1)} ms`;
  print(
    `${ticks} ticks at ${(ticks / seconds).toFixed(0)} a second, ${positions} positions, ${times.length} breaches, one in ${every} ticks, after ${warming} that warm up:`,
  );
  print(`  P50 ${at(0.5)}   P90 ${at(0.9)}   P99 ${at(0.99)}   highest ${at(1)}`);
  const goals = [
    { name: 'tick to limit breach, P99', value: quantile(times, 0.99), unit: 'ms', below: 100 },
    {
      name: 'breaches not found exactly once, or invented',
      value: Math.abs(openedAt.length - warming - breaches),
      unit: 'breaches',
      below: 1,
    },
  ];
  if (!judge(goals, print)) process.exitCode = 1;
} finally {
  stopReading.abort();
  await services.stop();
}
