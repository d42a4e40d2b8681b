import { parseArgs } from 'node:util';
import { secretsFromFiles } from '@risk-budget/service-kit';
import { z } from 'zod';
import { serviceNames } from '../services.js';
import { SettingsError } from '../settings-error.js';

export interface Settings {
  /** A superuser, or a role with CREATEROLE, on the database that is to hold the schemas. */
  readonly adminUrl: string;
  readonly services: readonly { readonly name: string; readonly ownerPassword: string; readonly appPassword: string }[];
  /** The log of the embedded broker, where no Pulsar is. */
  readonly bus: { readonly ownerPassword: string; readonly appPassword: string } | undefined;
  readonly timescale: 'required' | 'auto' | 'off';
  /** Show what is missing and change nothing. */
  readonly planOnly: boolean;
}

export const usage = `npm run db:provision -- [options]
  Makes roles, schemas, extension and grants for the services; shows its plan first; run again it finds nothing to do.
  In the image: database [options]
  --plan               show the plan and change nothing
  --services a,b       only these (default ${serviceNames.join(',')})
  --bus                the log of the embedded broker too, where there is no Pulsar
  --timescale MODE     required (default), auto or off
  --help
Environment
  DATABASE_ADMIN_URL   a superuser, or a role with CREATEROLE, on the database that is to hold the schemas
  FORECASTING_OWNER_PASSWORD, FORECASTING_APP_PASSWORD, … and for --bus BUS_OWNER_PASSWORD, BUS_APP_PASSWORD
  Each may be given by a file instead: LIMITS_APP_PASSWORD_FILE=/run/secrets/limits-app`;

const url = z.string().regex(/^postgres(ql)?:\/\/\S+$/);
const password = z.string().min(12).max(200);
const modes = ['required', 'auto', 'off'] as const;

/**
 * Reads options and environment.
 *
 * @returns undefined when help is asked for
 * @throws SettingsError naming everything that is wrong, with what is allowed; never a value
 */
export function readSettings(args: readonly string[], environment: NodeJS.ProcessEnv): Settings | undefined {
  const options = optionsOf(args);
  if (options.help === true) return undefined;
  const problems: string[] = [];
  const variable = (name: string, schema: z.ZodString, allowed: string): string => {
    const { values, problems: files } = secretsFromFiles(environment, [name]);
    problems.push(...files.map((file) => `${file.variable} ${file.problem}`));
    const parsed = schema.safeParse(values[name]);
    if (!parsed.success && files.length === 0)
      problems.push(`${name} ${values[name] === undefined ? 'is missing' : 'cannot be used'}: ${allowed}`);
    return parsed.data ?? '';
  };
  const passwords = (name: string): { ownerPassword: string; appPassword: string } => ({
    ownerPassword: variable(`${name.toUpperCase()}_OWNER_PASSWORD`, password, '12 to 200 characters'),
    appPassword: variable(`${name.toUpperCase()}_APP_PASSWORD`, password, '12 to 200 characters'),
  });
  const adminUrl = variable('DATABASE_ADMIN_URL', url, 'for example postgresql://admin:…@127.0.0.1:5432/risk_budget');
  const names = options.services?.split(',') ?? serviceNames;
  const unknown = names.filter((name) => !(serviceNames as readonly string[]).includes(name));
  if (unknown.length > 0) problems.push(`--services does not know ${unknown.join(', ')}: ${serviceNames.join(', ')}`);
  const timescale = modes.find((mode) => mode === (options.timescale ?? 'required'));
  if (timescale === undefined) problems.push(`--timescale takes ${modes.join(', ')}`);
  const services = names.filter((name) => !unknown.includes(name)).map((name) => ({ name, ...passwords(name) }));
  const bus = options.bus === true ? passwords('bus') : undefined;
  if (problems.length > 0 || timescale === undefined) throw new SettingsError(`${problems.join('\n')}\n\n${usage}`);
  return { adminUrl, services, bus, timescale, planOnly: options.plan === true };
}

function optionsOf(args: readonly string[]): {
  plan?: boolean;
  bus?: boolean;
  help?: boolean;
  services?: string;
  timescale?: string;
} {
  try {
    const flag = { type: 'boolean' } as const;
    const text = { type: 'string' } as const;
    return parseArgs({
      args: [...args],
      options: { plan: flag, bus: flag, help: flag, services: text, timescale: text },
    }).values;
  } catch (error) {
    throw new SettingsError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}
