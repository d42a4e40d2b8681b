import { isStorable } from '../storable.js';

const suspicious = new WeakSet<object>();

/** Remembers of a parsed body that its text held escapes which PostgreSQL may refuse, so that only such bodies are searched. */
export function noteSuspicious(body: unknown): void {
  if (typeof body === 'object' && body !== null) suspicious.add(body);
}

export function isSuspicious(input: unknown): boolean {
  return typeof input === 'string' || (typeof input === 'object' && input !== null && suspicious.has(input));
}

/** Path of the first text that the database cannot hold, `''` for the value itself; undefined when there is none. */
export function unstorablePath(value: unknown, path = ''): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : path;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    if (!isStorable(key)) return path;
    const at = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const found = unstorablePath(member, at);
    if (found !== undefined) return found;
  }
  return undefined;
}
