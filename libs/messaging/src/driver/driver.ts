/** A message to be published. */
export interface OutgoingMessage {
  /** Path of the topic, such as `events/utilization.snapshots`. */
  topic: string;
  /** What a state topic keeps the last message of. */
  key: string;
  /** Order is kept within this; the same as the key, except that the parts of a set share one. */
  orderingKey: string;
  /** The envelope as JSON, at most 256 KiB of UTF-8. */
  payload: string;
}

/** A message as the log keeps it. */
export interface StoredMessage extends OutgoingMessage {
  /** The driver's own reference, unique within the topic; names the message in logs and dead letters. */
  reference: string;
  /** Wall-clock instant at which the log took it. */
  publishedAt: string;
}

/** Where a subscription begins that does not exist yet. An existing one goes on where it was. */
export type StartFrom = 'earliest' | 'latest' | { time: string };

export interface SubscribeOptions {
  topic: string;
  /** Durable name; the instances of a service share one. */
  subscription: string;
  /** `shared`: each message to one instance, each key to one instance at a time. `fanOut`: every message to every instance, from now on. */
  mode: 'shared' | 'fanOut';
  from?: StartFrom;
  /** Delivery stops when this many messages are delivered and not acknowledged; or 16 MiB; by default 8,000 on the embedded log, 2,000 on Pulsar. */
  maxInFlight?: number;
  /** Takes messages in order per ordering key, must return at once, and acknowledge each later. */
  onMessages(messages: readonly StoredMessage[]): void;
  /** Told when the driver cannot reach its log, and again (undefined) when it can. */
  onTrouble?(error: unknown): void;
}

export interface Subscription {
  /** Marks messages as settled; they are not delivered again, except when this instance dies within the next tenths of a second. */
  acknowledge(messages: readonly StoredMessage[]): void;
  /** Stops delivering; what is delivered can still be acknowledged. */
  stop(): Promise<void>;
  /** Stops, makes the acknowledgements durable, and gives the keys over to other instances. */
  close(): Promise<void>;
}

export interface ReadOptions {
  /** Default: from the beginning. */
  from?: StartFrom;
  /** Goes on with new messages until aborted; default: ends at what was the last message when it began. */
  follow?: boolean;
  signal?: AbortSignal;
  batchSize?: number;
}

/**
 * A log of messages. Every driver keeps the order of an ordering key, delivers each message of a shared subscription
 * to one live instance at a time, and delivers again what was not acknowledged when an instance dies.
 */
export interface MessagingDriver {
  readonly scheme: string;
  /** Resolves when all are durable. Rejects with an infrastructure error when that is not known: publish them again, readers drop duplicates by id. */
  publish(messages: readonly OutgoingMessage[]): Promise<void>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** Reads a topic without a subscription. */
  read(topic: string, options?: ReadOptions): AsyncIterable<StoredMessage[]>;
  /** The last message of an ordering key, or undefined. */
  last(topic: string, orderingKey: string): Promise<StoredMessage | undefined>;
  /** How many messages of a topic a subscription has not acknowledged. */
  backlog(topic: string, subscription: string): Promise<number>;
  /** Sets a subscription back (or forward) to a wall-clock moment: everything published since is delivered again. */
  seek(topic: string, subscription: string, time: string): Promise<void>;
  /** Whether the log can be reached. */
  ping(): Promise<boolean>;
  /** Drops what retention no longer keeps. @returns how many messages went */
  prune(): Promise<number>;
  close(): Promise<void>;
}
