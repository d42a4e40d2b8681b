import { NotFoundError, topics, type TopicDefinition } from '@risk-budget/contracts';
import type { Principal } from '../identity/principal.js';

/** A key of a topic as one segment of a path. */
export function keyId(topic: string, key: string): string {
  return Buffer.from(JSON.stringify([topic, key])).toString('base64url');
}

/** @throws NotFoundError when the text names no key, or one of a portfolio that the principal may not see */
export function readKeyId(id: string, principal: Principal): { topic: string; key: string } {
  const named = parse(id);
  if (named === undefined || !maySee(principal, named.topic, named.key)) throw new NotFoundError('parked key', id);
  return named;
}

/** Keys of portfolios are seen with the portfolio; everything else by every operator. */
export function maySee(principal: Principal, topic: string, key: string): boolean {
  const known: readonly TopicDefinition[] = Object.values(topics);
  const byPortfolio = known.find((candidate) => candidate.name === topic)?.keyedBy === 'portfolioId';
  return !byPortfolio || principal.mayRead(key);
}

function parse(id: string): { topic: string; key: string } | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(id, 'base64url').toString('utf8'));
    if (!Array.isArray(value) || value.length !== 2) return undefined;
    const [topic, key] = value as unknown[];
    return typeof topic === 'string' && typeof key === 'string' && !key.includes('\u0000') ? { topic, key } : undefined;
  } catch {
    return undefined;
  }
}
