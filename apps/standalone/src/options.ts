import { parseArgs } from 'node:util';
import { serviceNames } from './layout.js';

export interface StandaloneOptions {
  /** End after the summary and the verification; a run of its own data, made afresh. */
  readonly once: boolean;
  /** Start with no data and publish nothing: for own data and for trying the API. */
  readonly empty: boolean;
  /** Remove what earlier runs left before starting. */
  readonly reset: boolean;
  /** Services listen on portBase + 1…, their management ports on portBase + 51…. */
  readonly portBase: number;
  /** Folder of the database and keys. */
  readonly dataDir: string;
  /** Folder of the prices and the script that the sample is played from and verified against; the project's own when absent. */
  readonly sampleDir?: string | undefined;
  readonly help: boolean;
}

export class OptionsError extends Error {
  readonly code = 'STANDALONE.BAD_OPTION';
}

export const usage = `npm start -- [options]
  --once             run the sample, print the summary, verify it and end (non-zero when a check fails)
  --empty            start the services on empty stores and publish nothing
  --reset            remove the data of earlier runs first
  --port-base N      services on N+1…N+${serviceNames.length}, management on N+51…N+${50 + serviceNames.length} (default 4100, 1024 to 65000)
  --data-dir FOLDER  where data and keys are kept (default .data/standalone, for --once .data/once)
  --sample FOLDER    play and verify another sample: a copy of tools/replay/data with other prices, days or desk
  --help`;

/** @throws OptionsError naming the option and what it takes */
export function parseOptions(args: readonly string[]): StandaloneOptions {
  const values = parse(args);
  const portBase = Number(values['port-base'] ?? 4100);
  if (!Number.isInteger(portBase) || portBase < 1024 || portBase > 65_000) {
    throw new OptionsError(
      `--port-base takes a whole number from 1024 to 65000, not '${values['port-base'] ?? ''}'.\n${usage}`,
    );
  }
  const once = values.once ?? false;
  const empty = values.empty ?? false;
  if (once && empty)
    throw new OptionsError(`--once runs the sample and --empty runs nothing: give one of them.\n${usage}`);
  if (empty && values.sample !== undefined)
    throw new OptionsError(`--sample names what is run and --empty runs nothing: give one of them.\n${usage}`);
  return {
    once,
    empty,
    reset: values.reset ?? false,
    portBase,
    dataDir: values['data-dir'] ?? (once ? '.data/once' : empty ? '.data/empty' : '.data/standalone'),
    sampleDir: values.sample,
    help: values.help ?? false,
  };
}

interface Values {
  once?: boolean;
  empty?: boolean;
  reset?: boolean;
  'port-base'?: string;
  'data-dir'?: string;
  sample?: string;
  help?: boolean;
}

function parse(args: readonly string[]): Values {
  try {
    return parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean' },
        empty: { type: 'boolean' },
        reset: { type: 'boolean' },
        'port-base': { type: 'string' },
        'data-dir': { type: 'string' },
        sample: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new OptionsError(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}
