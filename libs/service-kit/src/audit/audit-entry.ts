import { createHash } from 'node:crypto';
import type { AuditEntry } from './audit.types.js';
import { canonicalJson } from './canonical-json.js';

/** What stands before the first entry of a chain. */
export const genesis = '0'.repeat(64);

/** The chain of decisions that concern no portfolio. */
export const serviceChain = 'service';

/** Columns of an entry, under the names that are hashed. */
export const entryColumns = `chain, position, previous, hash, occurred_at AS "occurredAt", recorded_at AS "recordedAt", actor, action,
  subject, data`;

/** SHA-256, in hex, of the canonical JSON of an entry without its hash. */
export function hashOf(content: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}
