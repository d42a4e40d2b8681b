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

export function toStoredMessage(topic: string, row: MessageRow): StoredMessage {
  return {
    topic,
    key: row.key,
    orderingKey: row.ordering_key,
    payload: row.payload,
    reference: String(row.position),
    publishedAt: row.published_at,
  };
}
