import { readdirSync, readFileSync } from 'node:fs';

/** Process id of a service of a run, found by its command line and its port in the environment. */
export function pidOf(service: string, port: number): number {
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
