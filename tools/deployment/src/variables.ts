import { services } from '@risk-budget/provision';
import { baseConfigSchema, secretsByFile, variableMeta } from '@risk-budget/service-kit';
import { z } from 'zod';

/** One variable of the environment, as the schema that checks it says. */
export interface Variable {
  readonly name: string;
  /** Every service, or the ones that know it. */
  readonly services: 'all' | readonly string[];
  readonly required: boolean;
  /** As one would write it; undefined without one. */
  readonly fallback: string | undefined;
  /** What it decides. */
  readonly about: string;
  readonly allowed: string;
  /** May be given by `<name>_FILE`. */
  readonly byFile: boolean;
}

/** Variables of every service: the base, and each one's own. */
export function variables(): Variable[] {
  const own = services.flatMap(({ name, configSchema }) =>
    configSchema === undefined ? [] : describe(configSchema as z.ZodObject, [name]),
  );
  return [...describe(baseConfigSchema, 'all'), ...own];
}

/** Names that a service's process reads: its variables, and those that may be given by a file. */
export function namesOf(service: string): { known: Set<string>; required: Set<string> } {
  const read = variables().filter((variable) => variable.services === 'all' || variable.services.includes(service));
  return {
    known: new Set(read.flatMap(({ name, byFile }) => (byFile ? [name, `${name}_FILE`] : [name]))),
    required: new Set(read.filter(({ required }) => required).map(({ name }) => name)),
  };
}

function describe(schema: z.ZodObject, of: Variable['services']): Variable[] {
  const byFile = new Set(secretsByFile(schema));
  return Object.entries(schema.shape).map(([name, field]) => {
    const { about = '', allowed = '' } = variableMeta(field);
    const given = z.safeParse(field as z.ZodType, undefined);
    return {
      name,
      services: of,
      required: !given.success,
      fallback: given.success && given.data !== undefined ? shown(given.data) : undefined,
      about,
      allowed,
      byFile: byFile.has(name),
    };
  });
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}
