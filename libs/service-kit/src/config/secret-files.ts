import { readFileSync } from 'node:fs';

/** A file that should hold the value of a variable and cannot be used. */
export interface SecretFileProblem {
  /** The variable that names the file: `DATABASE_URL_FILE`. */
  readonly variable: string;
  /** The variable that it stands for. */
  readonly secret: string;
  readonly problem: string;
}

/**
 * Takes secrets from files, so that they need not stand in the environment: `DATABASE_URL_FILE=/run/secrets/limits-database` gives
 * `DATABASE_URL` what that file holds, without the white space around it. Read once.
 *
 * @param names variables that may be given so
 */
export function secretsFromFiles(
  input: Readonly<Record<string, unknown>>,
  names: readonly string[],
): { values: Record<string, unknown>; problems: SecretFileProblem[] } {
  const values: Record<string, unknown> = { ...input };
  const problems: SecretFileProblem[] = [];
  const given = (name: string): boolean => values[name] !== undefined && values[name] !== '';
  for (const secret of names) {
    const variable = `${secret}_FILE`;
    if (!given(variable)) continue;
    const file = String(values[variable]);
    delete values[variable];
    if (given(secret)) problems.push({ variable, secret, problem: `is set beside ${secret}` });
    else {
      try {
        values[secret] = readFileSync(file, 'utf8').trim();
      } catch {
        problems.push({ variable, secret, problem: 'names a file that cannot be read' });
      }
    }
  }
  return { values, problems };
}
