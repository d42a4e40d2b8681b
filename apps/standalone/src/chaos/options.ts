import { parseArgs } from 'node:util';
import { OptionsError } from '../options.js';

export interface ChaosOptions {
  readonly seed: number;
  /** Plays the sample, first undisturbed, in place of histories drawn at random. */
  readonly sample: boolean;
  /** Days of a random history. */
  readonly days: number;
  /** Disturbed runs follow each other until so much time has passed; 0: one. */
  readonly minutes: number;
  /** Mean quiet between two disturbances, wall time. */
  readonly pauseMs: number;
  /** Everything fails once, at set points of what is played, in place of disturbances drawn at random. */
  readonly drill: boolean;
  /** Of every service, side by side. */
  readonly instances: number;
  readonly pulsar: boolean;
  readonly portBase: number;
  readonly dataDir: string;
  readonly help: boolean;
}

export const chaosUsage = `npm run chaos -- [options]
  --seed N           seed of the history and of the disturbances (default 1); a run with the next seed follows while there is time
  --days N           trading days of a history, 6 to 120 (default 20)
  --sample           the sample in place of random histories: first undisturbed, then disturbed, which must tell the same
  --minutes N        how long disturbed runs follow each other, 0 to 600 (default 0: one run)
  --pause N          mean milliseconds between two disturbances, 100 to 60000 (default 2500)
  --drill            everything fails once, at set points of the run, in place of disturbances drawn at random
  --instances N      of every service side by side, 1 to 3 (default 1); one of them is killed, cut off or slowed at a time
  --pulsar           on a real Pulsar broker (Java 17, Maven), which is killed as well
  --port-base N      as of npm start (default 5100)
  --data-dir FOLDER  where the data of the runs is kept (default .data/chaos)
  --help`;

/** @throws OptionsError naming the option and what it takes */
export function parseChaosOptions(args: readonly string[]): ChaosOptions {
  const values = parse(args);
  return {
    seed: whole(values.seed, 'seed', 1, 0, 2_147_483_647),
    sample: values.sample ?? false,
    days: whole(values.days, 'days', 20, 6, 120),
    minutes: whole(values.minutes, 'minutes', 0, 0, 600),
    pauseMs: whole(values.pause, 'pause', 2_500, 100, 60_000),
    drill: values.drill ?? false,
    instances: whole(values.instances, 'instances', 1, 1, 3),
    pulsar: values.pulsar ?? false,
    portBase: whole(values['port-base'], 'port-base', 5_100, 1_024, 65_000),
    dataDir: values['data-dir'] ?? '.data/chaos',
    help: values.help ?? false,
  };
}

function whole(given: string | undefined, name: string, usual: number, from: number, to: number): number {
  const value = Number(given ?? usual);
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new OptionsError(`--${name} takes a whole number from ${from} to ${to}, not '${given ?? ''}'.\n${chaosUsage}`);
}

interface Values {
  seed?: string;
  minutes?: string;
  pause?: string;
  days?: string;
  instances?: string;
  sample?: boolean;
  drill?: boolean;
  pulsar?: boolean;
  'port-base'?: string;
  'data-dir'?: string;
  help?: boolean;
}

function parse(args: readonly string[]): Values {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: text,
        minutes: text,
        pause: text,
        days: text,
        instances: text,
        sample: flag,
        drill: flag,
        pulsar: flag,
        'port-base': text,
        'data-dir': text,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new OptionsError(`${error instanceof Error ? error.message : String(error)}\n${chaosUsage}`);
  }
}
