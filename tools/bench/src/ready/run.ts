/**
 * From the start of a service's process to its first answer that it is ready, database and broker being there. Run: `npm run bench:ready`
 * (`-- --times 5`); ends non-zero when a service is not ready within three seconds.
 */
import { judge } from '../system/goal.js';
import { numbersOf } from '../system/options.js';
import { machine, median } from '../system/report.js';
import { Services } from '../system/services.js';

const names = ['forecasting', 'allocation', 'utilization', 'limits', 'stress', 'attribution'];
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const { times } = numbersOf(process.argv.slice(2), { times: 5 });
print(machine());
const services = await Services.prepare(names, 4860);
try {
  const goals = [];
  for (const name of names) {
    const seconds: number[] = [];
    for (let time = 0; time < times; time++) {
      seconds.push((await services.start(name)).readyAfterMs / 1000);
      await services.end(name);
    }
    print(`  ${name.padEnd(12)} ${seconds.map((value) => value.toFixed(2)).join(' ')} s`);
    goals.push({ name: `${name} ready, median of ${times}`, value: median(seconds), unit: 's', below: 3 });
  }
  if (!judge(goals, print)) process.exitCode = 1;
} finally {
  await services.stop();
}
