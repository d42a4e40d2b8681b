import { z } from 'zod';
import { ConfigError } from '../config/load-config.js';
import { secretsFromFiles } from '../config/secret-files.js';
import { Logger } from '../logging/logger.js';
import { createService } from './create-service.js';
import type { ServiceDefinition } from './define-service.js';
import { migrateService } from './migrations-of.js';

/** Exit codes of a service's process. */
const exits = { done: 0, failed: 1, misconfigured: 2, forced: 130 } as const;

const migrateSchema = z.object({
  DATABASE_OWNER_URL: z.string().regex(/^postgres(ql)?:\/\/\S+$/),
  TIMESCALE: z.enum(['required', 'auto', 'off']).default('required'),
});

/** Where a process takes its configuration and commands from; given by tests. */
export interface ProcessSurroundings {
  readonly arguments?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * The whole of a service's `main.ts`. Without an argument it serves until SIGTERM, SIGINT or SIGHUP, then stops in order; a second signal ends
 * it at once. Started with a channel to its parent (`ipc`), it stops when the parent is gone, however that came. With `migrate` it brings the schema up to date by DATABASE_OWNER_URL and ends. Sets the exit code: 0 done, 1 failed, 2 misconfigured.
 */
export async function runService<Own extends z.ZodObject>(
  definition: ServiceDefinition<Own>,
  surroundings: ProcessSurroundings = {},
): Promise<void> {
  const [command, ...rest] = surroundings.arguments ?? process.argv.slice(2);
  const environment = surroundings.environment ?? process.env;
  try {
    if (command === undefined) await serve(definition, environment);
    else if (command === 'migrate' && rest.length === 0) await migrateCommand(definition, environment);
    else
      fail(
        exits.misconfigured,
        `unknown command "${[command, ...rest].join(' ')}": there are none (serve) and migrate`,
      );
  } catch (error) {
    if (error instanceof ConfigError) fail(exits.misconfigured, error.message);
    else fail(exits.failed, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

async function serve<Own extends z.ZodObject>(
  definition: ServiceDefinition<Own>,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const service = await createService(definition, environment);
  const logger = Logger.create({ level: 'info', service: definition.name, instance: service.instance });
  let stopping: Promise<void> | undefined;
  const ended = new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      stopping ??= service.stop();
      stopping.then(resolve, reject);
    };
    const onSignal = (signal: NodeJS.Signals): void => {
      if (stopping !== undefined) process.exit(exits.forced);
      logger.info('stopping', { signal });
      stop();
    };
    const onDefect = (error: unknown): void => {
      logger.fatal('unexpected error, stopping', { error });
      process.exitCode = exits.failed;
      stop();
    };
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, onSignal);
    process.on('uncaughtException', onDefect).on('unhandledRejection', onDefect);
    process.once('disconnect', stop);
    service.start().catch((error: unknown) => (stopping === undefined ? reject(error as Error) : undefined));
  });
  try {
    await ended;
  } finally {
    // Else the channel would hold the process.
    if (process.connected) process.disconnect();
  }
}

async function migrateCommand(
  definition: Pick<ServiceDefinition, 'name' | 'migrations'>,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const { values, problems } = secretsFromFiles(environment, ['DATABASE_OWNER_URL']);
  if (problems.length > 0) throw new ConfigError(definition.name, problems);
  const parsed = migrateSchema.safeParse(values);
  if (!parsed.success) {
    throw new ConfigError(
      definition.name,
      parsed.error.issues.map((issue) => ({
        variable: String(issue.path[0]),
        problem: values[String(issue.path[0])] === undefined ? 'is missing' : issue.message,
        example:
          issue.path[0] === 'TIMESCALE' ? 'auto' : `postgresql://${definition.name}_owner:…@127.0.0.1:5432/risk_budget`,
      })),
    );
  }
  const report = await migrateService(definition, parsed.data.DATABASE_OWNER_URL, {
    timescale: parsed.data.TIMESCALE,
    print: (line) => process.stdout.write(`${line}\n`),
    warn: (message) => process.stderr.write(`${message}\n`),
  });
  process.stdout.write(
    `${definition.name}: ${report.applied.length} migrations applied, ${report.alreadyApplied} were there\n`,
  );
}

function fail(code: number, message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = code;
}
