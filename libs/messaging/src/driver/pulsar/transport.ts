import type { MessagePosition, Position } from './message-id.js';

/** A message as it goes over the wire. Pulsar's key is what orders: the part's own key of a set travels as a property. */
export interface WireMessage {
  key: string;
  properties: Record<string, string>;
  payload: string;
}

/** A message as it arrives. */
export interface ArrivedMessage extends WireMessage, MessagePosition {
  /** When the broker's client published it, as an ISO instant. */
  publishedAt: string;
}

export interface LinkEvents {
  onMessage(message: ArrivedMessage): void;
  /** The link is gone and will not come back. Not called after `close`. */
  onClosed(error: unknown): void;
}

/** Messages of one topic arriving, as many as were permitted. */
export interface ReceivingLink {
  /** Messages that may come without a further permit. */
  readonly granted: number;
  permit(count: number): void;
  close(): Promise<void>;
}

export interface ConsumerLink extends ReceivingLink {
  /** Settles a whole entry. */
  acknowledge(position: Position): void;
}

/** Messages of one topic leaving, in the order of the calls. */
export interface ProducerLink {
  /** Resolves when the broker has stored it; rejects when that is not known. */
  send(message: WireMessage): Promise<void>;
  close(): Promise<void>;
}

export interface ConsumerRequest {
  topic: string;
  subscription: string;
  /** Names this consumer among those of the subscription. */
  name: string;
}

/** The one thing in which the drivers for a Pulsar broker differ. Topics are `tenant/namespace/name`. */
export interface PulsarTransport {
  /** Rejects when this transport cannot be used in this installation at all. */
  prepare(): Promise<void>;
  producer(topic: string, onClosed: (error: unknown) => void): Promise<ProducerLink>;
  /** A consumer of type Key_Shared on a subscription that exists. */
  consumer(request: ConsumerRequest, events: LinkEvents): Promise<ConsumerLink>;
  /** Everything after a position. @param window messages that may be on their way at most */
  reader(topic: string, after: Position | 'earliest', window: number, events: LinkEvents): Promise<ReceivingLink>;
  close(): Promise<void>;
}
