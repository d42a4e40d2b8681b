import type { StoredMessage } from '../driver.js';

/** A message as the log's table gives it. */
export interface MessageRow {
  position: number;
  key: string;
  ordering_key: string;
  payload: string;
  published_at: string;
}

/** With what a subscription needs to know of it. */
export interface FreshRow extends MessageRow {
  slot: number;
  /** Bytes of the payload. */
  size: number;
}

/** Messages of the rows at hand. */
const messages = new WeakMap<MessageRow, StoredMessage>();

/** A row that is given to several readers gives all of them the one message, so that it need be read once only. */
export function toStoredMessage(topic: string, row: MessageRow): StoredMessage {
  const known = messages.get(row);
  if (known?.topic === topic) return known;
  const message = {
    topic,
    key: row.key,
    orderingKey: row.ordering_key,
    payload: row.payload,
    reference: String(row.position),
    publishedAt: row.published_at,
  };
  messages.set(row, message);
  return message;
}
