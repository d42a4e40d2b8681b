/**
 * A backlog through utilization alone: bars published, ten a message, while the service is down, and then read. Run: `npm run bench:backlog`
 * (`-- --messages 100000`); prints the rate, ends non-zero when memory is not bounded or a bar is missing.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { barsPublished, topics } from '@risk-budget/contracts';
import { World } from '../services/world.js';
import { judge } from '../system/goal.js';
import { MemoryWatch } from '../system/memory.js';
import { numbersOf } from '../system/options.js';
import { machine } from '../system/report.js';
import { Services } from '../system/services.js';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const barsPerMessage = 10;
const instruments = 1000;
const dayMs = 86_400_000;
const chunk = 1000;

const { messages } = numbersOf(process.argv.slice(2), { messages: 100_000 });
print(machine());
const services = await Services.prepare(['utilization'], 4890);
try {
  const world = new World(services, { portfolios: 1, positions: 1, instruments });
  await services.start('utilization');
  await world.publishInstruments();
  await world.until('utilization', topics.instruments.name, instruments);
  await services.end('utilization');

  const perDay = instruments / barsPerMessage;
  const first = Date.parse('2015-01-02T21:00:00.000Z');
  const publishing = performance.now();
  for (let start = 0; start < messages; start += chunk) {
    const events = Array.from({ length: Math.min(chunk, messages - start) }, (_, index) => {
      const [day, part] = [Math.floor((start + index) / perDay), (start + index) % perDay];
      const time = new Date(first + day * dayMs).toISOString();
      const bars = Array.from({ length: barsPerMessage }, (_bar, at) => ({
        instrumentId: world.instrument(part * barsPerMessage + at),
        time,
        close: (100 + ((start + index + at) % 97) / 10).toFixed(2),
        adjustmentFactor: '1',
      }));
      return { occurredAt: time, data: { feed: `feed-${part}`, interval: 'P1D' as const, bars } };
    });
    await world.upstream.publishMany(barsPublished, events);
  }
  print(
    `${messages} messages of ${barsPerMessage} bars published in ${((performance.now() - publishing) / 1000).toFixed(1)} s`,
  );

  const began = performance.now();
  const { readyAfterMs } = await services.start('utilization');
  const memory = new MemoryWatch([services.pid('utilization')]);
  let settled = 0;
  let reported = 0;
  while (settled < messages) {
    await wait(250);
    settled = await services.settled('utilization', topics.bars.name);
    const seconds = (performance.now() - began) / 1000;
    if (seconds - reported < 30) continue;
    reported = seconds;
    print(`  ${settled} settled after ${seconds.toFixed(0)} s`);
  }
  const seconds = (performance.now() - began) / 1000;
  await memory.stop();
  const stored = await services.count('SELECT count(*) AS count FROM utilization.md_bar');
  print(
    `  settled in ${seconds.toFixed(1)} s, ready after ${(readyAfterMs / 1000).toFixed(1)} s of it: ${((messages * barsPerMessage) / seconds).toFixed(0)} bars a second`,
  );
  const goals = [
    { name: 'messages a second', value: messages / seconds, unit: '/s', atLeast: 1 },
    { name: 'bars missing', value: messages * barsPerMessage - stored, unit: 'bars', below: 1 },
    { name: 'highest memory of the service', value: memory.highest, unit: 'MiB', below: 512 },
  ];
  if (!judge(goals, print)) process.exitCode = 1;
} finally {
  await services.stop();
}
