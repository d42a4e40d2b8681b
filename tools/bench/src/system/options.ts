import { parseArgs } from 'node:util';

/**
 * Whole numbers given as `--name 5` on the command line.
 *
 * @param defaults by name; a name that is not among them is refused
 * @throws Error naming the option that is unknown or not a whole number above 0
 */
export function numbersOf<Name extends string>(
  args: readonly string[],
  defaults: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args: [...args], options, strict: true });
  const numbers: Record<Name, number> = { ...defaults };
  for (const name of Object.keys(defaults) as Name[]) {
    const given = values[name];
    if (given === undefined) continue;
    const value = Number(given);
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`--${name} takes a whole number above 0, not '${String(given)}'`);
    numbers[name] = value;
  }
  return numbers;
}
