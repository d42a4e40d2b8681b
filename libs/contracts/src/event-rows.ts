/**
 * A copy of an event's data in which every array that may be cut is replaced.
 *
 * @param paths as an event definition names them: `nodes`, or `trees[].nodes` for the nodes of each tree
 * @param change new rows for the array with this number; arrays are numbered in the order of the paths, the same for every part of a set
 */
export function mapRows(
  data: unknown,
  paths: readonly string[],
  change: (rows: readonly unknown[], number: number) => readonly unknown[],
): unknown {
  let number = 0;
  return paths.reduce((result, path) => changedAt(result, path.split('.'), (rows) => change(rows, number++)), data);
}

/** Every array of an event's data that may be cut, by number. */
export function rowsOf(data: unknown, paths: readonly string[]): (readonly unknown[])[] {
  const found: (readonly unknown[])[] = [];
  mapRows(data, paths, (rows) => {
    found.push(rows);
    return rows;
  });
  return found;
}

/** The data of a set: the rows of its parts joined in their order, all else from the first. */
export function joinRows(parts: readonly unknown[], paths: readonly string[]): unknown {
  const rows = parts.map((part) => rowsOf(part, paths));
  return mapRows(parts[0], paths, (_, number) => rows.flatMap((ofPart) => ofPart[number] ?? []));
}

function changedAt(
  value: unknown,
  [step, ...rest]: readonly string[],
  change: (rows: readonly unknown[]) => readonly unknown[],
): unknown {
  if (step === undefined) return Array.isArray(value) ? change(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  const inEach = step.endsWith('[]');
  const name = inEach ? step.slice(0, -2) : step;
  if (!(name in value)) return value;
  const inner = (value as Record<string, unknown>)[name];
  const changed =
    inEach && Array.isArray(inner)
      ? inner.map((item) => changedAt(item, rest, change))
      : changedAt(inner, rest, change);
  return { ...value, [name]: changed };
}
