/**
 * 2,000 messages of one price each and 20 statements of positions a second, with utilization and limits running as processes: every message
 * in an inbox, `fsync` and `synchronous_commit` on. Run: `npm run bench:load` (`-- --seconds 300`); ends non-zero when the services fall behind,
 * lose a message or grow in memory.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { tickPublished, topics } from '@risk-budget/contracts';
import { startPrice, World } from '../services/world.js';
import { Random } from '../data/random.js';
import { judge } from '../system/goal.js';
import { MemoryWatch } from '../system/memory.js';
import { numbersOf } from '../system/options.js';
import { machine, quantile } from '../system/report.js';
import { Services } from '../system/services.js';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const names = ['utilization', 'limits'] as const;

const options = numbersOf(process.argv.slice(2), { seconds: 300, ticks: 2000, positions: 20, portfolios: 20 });
const { seconds, ticks, positions, portfolios } = options;
print(machine());
const services = await Services.prepare(names, 4880);
try {
  for (const name of names) await services.start(name);
  const world = new World(services, { portfolios, positions: 21, instruments: 21 * portfolios });
  await world.publishPortfolios('utilization');
  const before = world.upstream.published();
  const memory = new MemoryWatch(names.map((name) => services.pid(name)));

  // A hundredth of a second's messages at a time; each is published by itself as far as its reader can tell.
  const random = new Random(7);
  const slicesPerSecond = 100;
  const behind: number[] = [];
  const began = performance.now();
  let statements = 0;
  for (let slice = 0; slice < seconds * slicesPerSecond; slice++) {
    const due = began + (slice * 1000) / slicesPerSecond;
    await wait(Math.max(0, due - performance.now()));
    const time = new Date().toISOString();
    const prices = Array.from({ length: Math.round(ticks / slicesPerSecond) }, () => ({
      occurredAt: time,
      data: {
        instrumentId: world.instrument(Math.floor(random.uniform() * world.size.instruments)),
        time,
        price: (startPrice * (1 + 0.001 * random.normal())).toFixed(4),
      },
    }));
    await world.upstream.publishMany(tickPublished, prices);
    for (; statements < ((slice + 1) * positions) / slicesPerSecond; statements++)
      await world.statePositions(statements);
    behind.push(performance.now() - due);
  }
  const publishedIn = (performance.now() - began) / 1000;
  const { [topics.ticks.name]: tickCount = 0, [topics.positions.name]: statementCount = 0 } =
    world.upstream.published();
  await world.until('utilization', topics.ticks.name, tickCount);
  for (const name of names) await world.until(name, topics.positions.name, statementCount);
  const drained = (performance.now() - began) / 1000;
  await memory.stop();

  const done = tickCount - (before[topics.ticks.name] ?? 0);
  const snapshots = await services.count('SELECT count(*) AS count FROM utilization.snapshot_index');
  const inboxed = await services.count(
    `SELECT count(*) AS count FROM utilization.inbox WHERE topic = '${topics.ticks.name}'`,
  );
  print(
    `${done} prices (${(done / publishedIn).toFixed(0)} a second) and ${statements} statements in ${publishedIn.toFixed(0)} s;`,
  );
  print(
    `  all settled after ${drained.toFixed(1)} s, ${snapshots} snapshots; publisher behind its time by ${quantile(behind, 0.99).toFixed(0)} ms (P99)`,
  );
  print(
    `  memory of both: highest ${memory.highest.toFixed(0)} MiB, slope ${memory.slope.toFixed(2)} MiB a minute over the second half`,
  );
  const goals = [
    { name: 'prices a second settled', value: done / drained, unit: '/s', atLeast: 0.98 * ticks },
    { name: 'prices not in the inbox', value: tickCount - inboxed, unit: 'messages', below: 1 },
    { name: 'memory slope', value: memory.slope, unit: 'MiB/min', below: 10 },
  ];
  if (!judge(goals, print)) process.exitCode = 1;
} finally {
  await services.stop();
}
