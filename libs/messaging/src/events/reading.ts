import type { EventDefinition } from '@risk-budget/contracts';
import type { StoredMessage } from '../driver/driver.js';
import { decode, type DecodedMessage } from './codec.js';

/** What was read of messages that are still at hand. */
const known = new WeakMap<StoredMessage, DecodedMessage>();

/**
 * Reads a message, once for all who were given the same one: the embedded log hands what was just published to every service of the
 * process. What they share is frozen; only arrays of numbers are not, which would become slow.
 *
 * @throws UnreadableMessage as `decode`
 */
export function read(message: StoredMessage, definitions: ReadonlyMap<string, EventDefinition>): DecodedMessage {
  const before = known.get(message);
  if (before !== undefined && definitions.get(before.envelope.type) === before.definition) return before;
  const decoded = decode(message.payload, definitions);
  Object.freeze(decoded.envelope);
  freeze(decoded.data);
  known.set(message, decoded);
  return decoded;
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    if (typeof value[0] === 'number') return;
    for (const item of value as readonly unknown[]) freeze(item);
  } else for (const item of Object.values(value)) freeze(item);
  Object.freeze(value);
}
