import type { OutgoingMessage, StoredMessage } from '../driver.js';
import { referenceOf } from './message-id.js';
import type { ArrivedMessage, WireMessage } from './transport.js';

/** The key of a part of a set, where it is not the one that orders. */
const STATE_KEY = 'state-key';

/** A CloudEvent in JSON; Pulsar's own schemas do not take its JSON Schema. */
const CONTENT_TYPE = 'application/cloudevents+json';

export function toWire({ key, orderingKey, payload }: OutgoingMessage): WireMessage {
  const properties: Record<string, string> = { 'content-type': CONTENT_TYPE };
  if (key !== orderingKey) properties[STATE_KEY] = key;
  return { key: orderingKey, properties, payload };
}

export function fromWire(topic: string, message: ArrivedMessage): StoredMessage {
  return {
    topic,
    key: message.properties[STATE_KEY] ?? message.key,
    orderingKey: message.key,
    payload: message.payload,
    reference: referenceOf(message),
    publishedAt: message.publishedAt,
  };
}
