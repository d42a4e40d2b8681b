import type { Actor } from '@risk-budget/contracts';

/** Issuer and subject in one text: how the database compares people. */
export function personKey(who: Actor): string {
  return `${who.issuer} ${who.subject}`;
}

/** The service as the author of what it does by itself. */
export const thisService: Actor = { subject: 'service:stress', issuer: 'risk-budget' };

/** A sender on an upstream topic: `/upstream/intelligence` proposes as `service:intelligence`. */
export function upstreamService(source: string): Actor {
  return { subject: `service:${source.split('/').at(-1) ?? source}`, issuer: source };
}
