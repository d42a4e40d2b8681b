import type { JsonSchema } from './json-schema.js';

type Node = Record<string, unknown>;

function asNode(value: unknown): Node | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : undefined;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Keywords that only widen when they go, and narrow when they come or change. */
const bounds = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'pattern',
  'format',
  'const',
];

function widens(keyword: string, before: unknown, now: unknown): boolean {
  if (now === undefined) return true;
  if (typeof before !== 'number' || typeof now !== 'number') return false;
  return /max/i.test(keyword) ? now >= before : now <= before;
}

/**
 * What in `current` breaks a client of `committed` within one version: a property that went, one that became required, a type or a bound
 * that narrowed, a value that left an enumeration. Added optional properties and added enumeration values are allowed.
 *
 * @returns one sentence for each problem, with the path; empty when compatible
 */
export function compatibilityProblems(committed: JsonSchema, current: JsonSchema, path = '$'): string[] {
  const problems: string[] = [];
  const compare = (before: unknown, now: unknown, at: string): void => {
    const a = asNode(before);
    if (a === undefined) return;
    const b = asNode(now);
    if (b === undefined) problems.push(`${at}: the schema is gone`);
    else problems.push(...compatibilityProblems(a, b, at));
  };

  if (JSON.stringify(committed['type']) !== JSON.stringify(current['type'])) {
    problems.push(
      `${path}: the type was ${JSON.stringify(committed['type'])} and is ${JSON.stringify(current['type'])}`,
    );
  }
  const before = asNode(committed['properties']) ?? {};
  const now = asNode(current['properties']) ?? {};
  for (const name of Object.keys(before)) {
    if (name in now) compare(before[name], now[name], `${path}.${name}`);
    else problems.push(`${path}.${name}: the property was removed`);
  }
  const required = new Set(strings(committed['required']));
  for (const name of strings(current['required'])) {
    if (!required.has(name)) problems.push(`${path}.${name}: the property became required`);
  }
  for (const value of strings(committed['enum'])) {
    if (!strings(current['enum']).includes(value)) problems.push(`${path}: the value '${value}' left the enumeration`);
  }
  for (const keyword of bounds) {
    if (committed[keyword] === current[keyword]) continue;
    if (committed[keyword] === undefined || !widens(keyword, committed[keyword], current[keyword])) {
      problems.push(
        `${path}: ${keyword} was ${JSON.stringify(committed[keyword])} and is ${JSON.stringify(current[keyword])}`,
      );
    }
  }
  compare(committed['items'], current['items'], `${path}[]`);
  compare(committed['additionalProperties'], current['additionalProperties'], `${path}.*`);
  for (const keyword of ['anyOf', 'oneOf', 'allOf', 'prefixItems']) {
    const old = committed[keyword];
    if (!Array.isArray(old)) continue;
    const fresh: unknown[] = Array.isArray(current[keyword]) ? (current[keyword] as unknown[]) : [];
    old.forEach((branch, index) => compare(branch, fresh[index], `${path}.${keyword}[${index}]`));
  }
  return problems;
}
