import { z } from 'zod';
import { baseConfigSchema, type BaseConfig } from './base-config.js';
import { closest } from './closest.js';
import { secretsFromFiles } from './secret-files.js';

/** A service's configuration after checking: the base and the service's own variables. */
export type ServiceConfig<Own extends z.ZodObject = z.ZodObject<Record<never, never>>> = BaseConfig & z.output<Own>;

/** Values by the names of the environment: `process.env`, or an object with texts, numbers and booleans. */
export type ConfigInput = Readonly<Record<string, unknown>>;

/** One variable that cannot be used. */
export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
  readonly allowed?: string;
  readonly example?: string;
}

/** Every bad variable of a configuration, in one message. No value is ever part of it, for values may be secrets. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';

  constructor(
    readonly service: string,
    readonly problems: readonly ConfigProblem[],
  ) {
    super(describe(service, problems));
    this.name = 'ConfigError';
  }
}

function describe(service: string, problems: readonly ConfigProblem[]): string {
  const lines = problems.map(({ variable, problem, allowed, example }) =>
    [
      `  ${variable}: ${problem}`,
      ...(allowed === undefined ? [] : [`      allowed: ${allowed}`]),
      ...(example === undefined ? [] : [`      example: ${variable}=${example}`]),
    ].join('\n'),
  );
  const count = problems.length === 1 ? '1 variable is' : `${problems.length} variables are`;
  return `Configuration of ${service}: ${count} wrong.\n${lines.join('\n')}`;
}

/**
 * Checks a configuration once, as a whole. A secret may be given by a file: `<VARIABLE>_FILE`. Empty texts count as absent. Variables that nobody asked for are ignored; one that looks like
 * a misspelt name of ours is named in the error, or handed to `hint` when nothing else is wrong.
 *
 * @throws ConfigError with every bad variable
 */
export function loadConfig<Own extends z.ZodObject>(
  service: string,
  input: ConfigInput,
  own?: Own,
  hint: (message: string) => void = () => undefined,
): ServiceConfig<Own> {
  const schema: z.ZodObject = own === undefined ? baseConfigSchema : baseConfigSchema.extend(own.shape);
  const { values, problems: files } = secretsFromFiles(input, secretsByFile(schema));
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(given);
  const hints = misspelt(schema, given);
  if (!parsed.success || files.length > 0) {
    const wrong = parsed.success ? [] : problemsOf(schema, parsed.error, given);
    const others = wrong.filter(({ variable }) => !files.some(({ secret }) => secret === variable));
    const unusable = files.map(({ variable, problem }) => ({ variable, problem, example: '/run/secrets/…' }));
    throw new ConfigError(service, [...unusable, ...others, ...hints]);
  }
  for (const { variable, problem } of hints) hint(`${variable} ${problem}`);
  return parsed.data as ServiceConfig<Own>;
}

function problemsOf(schema: z.ZodObject, error: z.ZodError, given: ConfigInput): ConfigProblem[] {
  const byVariable = new Map<string, ConfigProblem>();
  for (const issue of error.issues) {
    const variable = String(issue.path[0] ?? '(configuration)');
    if (byVariable.has(variable)) continue;
    const meta = variableMeta(schema.shape[variable]);
    byVariable.set(variable, {
      variable,
      problem: variable in given ? wording(issue) : 'is missing',
      ...(meta.allowed === undefined ? {} : { allowed: meta.allowed }),
      ...(meta.example === undefined ? {} : { example: meta.example }),
    });
  }
  return [...byVariable.values()];
}

function wording(issue: z.core.$ZodIssue): string {
  // A union's own message says nothing; that of its last alternative says what is wrong with the text.
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.flat().at(-1);
    return inner === undefined || inner.code === 'invalid_type' ? 'is not one of the allowed values' : wording(inner);
  }
  return issue.message;
}

/** What is written about a variable. */
export interface VariableMeta {
  /** What it decides, for the page of operations. */
  readonly about?: string;
  readonly allowed?: string;
  readonly example?: string;
  /** Never printed, and may be given by a file. */
  readonly secret?: boolean;
}

/** Secrets that may be given by a file; one whose `…_FILE` is a variable of its own is left to that. */
export function secretsByFile(schema: z.ZodObject): string[] {
  return Object.keys(schema.shape).filter(
    (name) => variableMeta(schema.shape[name]).secret === true && !(`${name}_FILE` in schema.shape),
  );
}

/** Wrappers such as optional and default hide the description of what they wrap. */
export function variableMeta(schema: unknown, depth = 0): VariableMeta {
  if (!(schema instanceof z.ZodType) || depth > 6) return {};
  const own = (schema.meta() ?? {}) as VariableMeta;
  const inner = variableMeta((schema.def as { innerType?: unknown; in?: unknown }).innerType, depth + 1);
  return { ...inner, ...own };
}

/** A variable that is set, unknown, and close to one of ours that is not set. */
function misspelt(schema: z.ZodObject, given: ConfigInput): ConfigProblem[] {
  const known = Object.keys(schema.shape);
  const absent = known.filter((name) => !(name in given));
  return Object.keys(given)
    .filter((name) => !known.includes(name) && /^[A-Z][A-Z0-9_]*$/.test(name))
    .flatMap((name) => {
      const meant = closest(name, absent);
      return meant === undefined ? [] : [{ variable: name, problem: `is unknown; is ${meant} meant?` }];
    });
}
