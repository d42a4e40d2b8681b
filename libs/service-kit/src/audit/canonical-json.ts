import { isStorable } from '../storable.js';

/**
 * One text for one JSON value, in the manner of RFC 8785: keys ordered by UTF-16 code units, no spaces, numbers as JavaScript prints them.
 *
 * @throws TypeError for what JSON or PostgreSQL cannot hold: undefined array items, NaN, infinities, null characters, lone surrogates
 */
export function canonicalJson(value: unknown): string {
  return ordered(value, (text) => {
    if (!isStorable(text)) throw new TypeError('a text holds a null character or half a surrogate pair');
  });
}

/** The same for comparing only: texts that the database cannot hold are let through. */
export function comparableJson(value: unknown): string {
  return ordered(value, () => undefined);
}

function ordered(value: unknown, check: (text: string) => void): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no place in JSON`);
    return JSON.stringify(value);
  }
  if (typeof value === 'string') {
    check(value);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => ordered(item, check)).join(',')}]`;
  if (typeof value === 'object') {
    if ('toJSON' in value && typeof value.toJSON === 'function') return ordered(value.toJSON(), check);
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${ordered(name, check)}:${ordered(member, check)}`);
    return `{${members.join(',')}}`;
  }
  throw new TypeError(`a ${typeof value} has no place in JSON`);
}
