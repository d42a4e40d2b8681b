import { readdirSync, readFileSync } from 'node:fs';
import { StandaloneProcess } from './standalone-process.js';

/** Process id of a service of this run, found by its command line and its port in the environment. */
function pidOf(service: string, port: number): number {
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      const environment = readFileSync(`/proc/${entry}/environ`, 'utf8').split('\0');
      if (command.includes(`apps/${service}/dist/main.js`) && environment.includes(`PORT=${port}`))
        return Number(entry);
    } catch {
      // it has ended since
    }
  }
  throw new Error(`no process of ${service} on port ${port}`);
}

describe('npm run start:processes -- --once', () => {
  it('gives a verified run although a service is killed in its middle and starts again', async () => {
    const run = await StandaloneProcess.start(['--once'], { entry: 'processes' });
    await run.saying(/Replaying 2020-03/, 1_200_000);
    process.kill(pidOf('utilization', run.portBase + 3), 'SIGKILL');
    const { code, output } = await run.ended;
    await run.remove();
    expect(output).toMatch(/utilization ended with SIGKILL: starting it again/);
    expect({ code, tail: code === 0 ? '' : output.slice(-6000) }).toEqual({ code: 0, tail: '' });
  });
});
