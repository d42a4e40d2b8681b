import { actor, type Actor } from '@risk-budget/contracts';
import { z } from 'zod';

/** Who did something, as it is stored: issuer and subject say who it is, the name is for people. */
export const person = actor;
export type Person = Actor;

export const personColumn = z.preprocess((value) => (typeof value === 'string' ? JSON.parse(value) : value), person);

/** Issuer and subject in one text: how the database compares people. */
export function personKey(who: Person): string {
  return `${who.issuer} ${who.subject}`;
}

export function samePerson(a: Person, b: Person): boolean {
  return a.issuer === b.issuer && a.subject === b.subject;
}

/** The service as the author of what it does by itself. */
export const thisService: Person = { subject: 'service:limits', issuer: 'risk-budget' };

/** A sender on an upstream topic: `/upstream/configuration` proposes as `service:configuration`. */
export function upstreamService(source: string): Person {
  return { subject: `service:${source.split('/').at(-1) ?? source}`, issuer: source };
}
