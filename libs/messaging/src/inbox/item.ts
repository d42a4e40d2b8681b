import type { EventDefinition } from '@risk-budget/contracts';
import type { StoredMessage } from '../driver/driver.js';
import { UnreadableMessage, type DecodedMessage } from '../events/codec.js';
import { read } from '../events/reading.js';

/** A message on its way through the inbox: read, or with the reason why it cannot be. */
export interface Item {
  message: Pick<StoredMessage, 'payload' | 'reference'>;
  /** What orders it: its subject, or the log's ordering key when it cannot be read. */
  key: string;
  decoded: DecodedMessage | undefined;
  unreadable: UnreadableMessage | undefined;
}

export function toItem(
  message: StoredMessage,
  definitions: ReadonlyMap<string, EventDefinition>,
): Item & { message: StoredMessage } {
  try {
    const decoded = read(message, definitions);
    return { message, key: decoded.envelope.subject, decoded, unreadable: undefined };
  } catch (error) {
    if (!(error instanceof UnreadableMessage)) throw error;
    return { message, key: error.envelope?.subject ?? message.orderingKey, decoded: undefined, unreadable: error };
  }
}
