import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** A name that no other instance has. */
export function newInstanceName(service: string): string {
  const host = hostname()
    .replace(/[^A-Za-z0-9.-]/g, '-')
    .slice(0, 40);
  return `${service}-${host}-${process.pid}-${randomBytes(3).toString('hex')}`;
}
