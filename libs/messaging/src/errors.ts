import { CodedError, type FieldProblem } from '@risk-budget/contracts';
import { InfrastructureError } from '@risk-budget/persistence';

/** The scheme of MESSAGING_URL is not one that we know. */
export const unknownScheme = (scheme: string): CodedError =>
  new CodedError({
    code: 'MESSAGING.UNKNOWN_SCHEME',
    status: 500,
    detail: `There is no messaging driver for "${scheme}". Use ws://, wss://, pulsar://, pulsar+ssl:// or embedded:postgresql://.`,
  });

/** A MESSAGING_URL of a known scheme that cannot be used. Its text is not repeated: it may hold a password. */
export const badMessagingUrl = (reason: string): CodedError =>
  new CodedError({ code: 'MESSAGING.BAD_URL', status: 500, detail: `MESSAGING_URL cannot be used: ${reason}.` });

/** The native client is an optional package; where its binary could not be had, npm leaves it out. */
export const nativeClientMissing = (cause: unknown): CodedError =>
  new CodedError({
    code: 'MESSAGING.NATIVE_CLIENT_MISSING',
    status: 500,
    detail:
      'pulsar:// and pulsar+ssl:// need the package pulsar-client, which is not installed here (its installation fetches a binary). Install it, or use ws:// or wss://.',
    cause,
  });

/** The broker cannot be reached, or the connection is lost: to be tried again. */
export const brokerUnreachable = (where: string, cause: unknown): Error =>
  cause instanceof InfrastructureError || CodedError.is(cause)
    ? cause
    : new InfrastructureError(
        'MESSAGING.BROKER_UNREACHABLE',
        `The broker cannot be reached at ${where}: ${cause instanceof Error ? cause.message || cause.name : String(cause)}`,
        { cause },
      );

/** The broker does not let us, or lacks what we ask for: to be tried again when an operator has provided it. */
export const brokerRefused = (what: string): InfrastructureError =>
  new InfrastructureError(
    'MESSAGING.BROKER_REFUSED',
    `The broker refuses: ${what}. Token, permissions and topics are made by npm run pulsar:provision.`,
  );

/** A single message beyond the limit of every driver. */
export const messageTooLarge = (topic: string, key: string, bytes: number, limit: number): CodedError =>
  new CodedError({
    code: 'MESSAGING.MESSAGE_TOO_LARGE',
    status: 413,
    detail: `A message of ${bytes} bytes on ${topic} for ${key} exceeds the limit of ${limit} bytes.`,
  });

/** An event that cannot be cut into parts small enough: it has no rows, or one of its rows alone is too large. */
export const eventTooLarge = (type: string, key: string, bytes: number, reason: string): CodedError =>
  new CodedError({
    code: 'MESSAGING.EVENT_TOO_LARGE',
    status: 413,
    detail: `The event ${type} for ${key} takes ${bytes} bytes and cannot be cut into parts: ${reason}.`,
  });

/** An event that does not fit its own schema is a mistake of the publisher and never leaves it. */
export const invalidEvent = (type: string, errors: readonly FieldProblem[]): CodedError =>
  new CodedError({
    code: 'MESSAGING.INVALID_EVENT',
    status: 500,
    detail: `The event ${type} does not fit its schema.`,
    errors,
  });

/** A topic without a handler, or an event type that is not in the catalogue. */
export const unknownTopic = (topic: string): CodedError =>
  new CodedError({
    code: 'MESSAGING.UNKNOWN_TOPIC',
    status: 404,
    detail: `This service does not know the topic ${topic}.`,
  });

/** A mistake of the service: its definition says what it publishes, and its permissions are made from that. */
export const notOurs = (source: string, topic: string): CodedError =>
  new CodedError({
    code: 'MESSAGING.TOPIC_NOT_OURS',
    status: 500,
    detail: `${source} is not declared to publish to ${topic}.`,
  });

/** What a driver or a client cannot do by its nature. */
export const unsupported = (detail: string): CodedError =>
  new CodedError({ code: 'MESSAGING.UNSUPPORTED', status: 500, detail });

/** Nothing is parked under that key, or no dead letter has that id. */
export const notParked = (topic: string, key: string): CodedError =>
  new CodedError({
    code: 'MESSAGING.NOT_PARKED',
    status: 404,
    detail: `No message of ${topic} is parked for the key ${key}.`,
  });

export const unknownParked = (id: string): CodedError =>
  new CodedError({
    code: 'MESSAGING.UNKNOWN_PARKED_MESSAGE',
    status: 404,
    detail: `There is no parked message ${id}.`,
  });

export const unknownDeadLetter = (id: string): CodedError =>
  new CodedError({ code: 'MESSAGING.UNKNOWN_DEAD_LETTER', status: 404, detail: `There is no dead letter ${id}.` });

export const stillUnreadable = (id: string, reason: string): CodedError =>
  new CodedError({
    code: 'MESSAGING.STILL_UNREADABLE',
    status: 409,
    detail: `Dead letter ${id} still cannot be read: ${reason}`,
  });
