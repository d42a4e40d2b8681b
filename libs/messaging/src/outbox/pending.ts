import { randomUUID } from 'node:crypto';
import {
  envelope,
  mapRows,
  maxMessageBytes,
  rowsOf,
  topicPath,
  type Envelope,
  type EventDefinition,
  type Instant,
} from '@risk-budget/contracts';
import { eventTooLarge, invalidEvent } from '../errors.js';
import { fieldProblems } from '../events/codec.js';
import { currentEventContext } from '../events/event-context.js';
import type { EventInput } from '../events/received-event.js';
import { passedOn, type MessagingTracing } from '../events/tracing.js';

/** An event that is checked and cut to size, and lacks only its sequence. */
export interface PendingEvent {
  id: string;
  topic: string;
  path: string;
  key: string;
  /** Whether its topic keeps states, of which the last can be published again. */
  state: boolean;
  /** One envelope, or the parts of a set. */
  envelopes: Omit<Envelope, 'sequence'>[];
}

/** Room for the sequence, the set's id and the part's numbers. */
const SLACK_BYTES = 200;

/**
 * Checks an event by its schema and cuts it into parts where it exceeds a message.
 *
 * @throws `MESSAGING.INVALID_EVENT`, `MESSAGING.EVENT_TOO_LARGE`
 */
export function prepare<Data>(
  source: string,
  definition: EventDefinition<Data>,
  input: EventInput<Data> & { id?: string; traceparent?: string },
  recordedAt: Instant,
  tracing: MessagingTracing = passedOn,
): PendingEvent {
  const parsed = definition.schema.safeParse(input.data);
  if (!parsed.success) throw invalidEvent(definition.type, fieldProblems(parsed.error));
  const key = definition.key(parsed.data);
  const inherited = currentEventContext(key);
  const causationId = input.causationId ?? inherited?.causationId;
  const actor = input.actor ?? inherited?.actor;
  const cause = input.traceparent ?? inherited?.traceparent;
  const traceparent = tracing.publishing(definition.type, definition.topic.name, cause);
  const head: Omit<Envelope, 'sequence' | 'data'> = {
    specversion: '1.0',
    id: input.id ?? randomUUID(),
    source,
    type: definition.type,
    subject: key,
    time: input.occurredAt,
    datacontenttype: 'application/json',
    recordedat: recordedAt,
    correlationid: input.correlationId ?? inherited?.correlationId ?? randomUUID(),
    ...(causationId === undefined ? {} : { causationid: causationId }),
    ...(actor === undefined ? {} : { actor }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  // An envelope that its readers would refuse must not leave: a wrong time or too long a key.
  const checked = envelope.safeParse({ ...head, sequence: 1, data: null });
  if (!checked.success) throw invalidEvent(definition.type, fieldProblems(checked.error));
  const { topic } = definition;
  return {
    id: head.id,
    topic: topic.name,
    path: topicPath(topic),
    key,
    state: topic.kind === 'state',
    envelopes: cut(definition, head, parsed.data),
  };
}

function cut<Data>(
  definition: EventDefinition<Data>,
  head: Omit<Envelope, 'sequence' | 'data'>,
  data: Data,
): Omit<Envelope, 'sequence'>[] {
  const whole = { ...head, data };
  const bytes = bytesOf(whole) + SLACK_BYTES;
  if (bytes <= maxMessageBytes) return [whole];
  const { rows: paths } = definition;
  const arrays = rowsOf(data, paths);
  if (arrays.length === 0) throw eventTooLarge(head.type, head.subject, bytes, 'it has no rows');
  const room = maxMessageBytes - SLACK_BYTES - bytesOf({ ...head, data: mapRows(data, paths, () => []) });
  const groups = pack(arrays, room, (size) =>
    eventTooLarge(head.type, head.subject, size, 'what is beside the rows, or one row alone, exceeds a message'),
  );
  const setid = randomUUID();
  return groups.map((group, index) => ({
    ...head,
    // A message is told apart by its id: the first part bears the event's own.
    id: index === 0 ? head.id : randomUUID(),
    setid,
    part: index + 1,
    parts: groups.length,
    data: mapRows(data, paths, (_, number) => group[number] ?? []),
  }));
}

/** Some rows of each array, by the array's number. */
type RowGroup = readonly unknown[][];

/** Fills one group after the other, array by array in order, none of them over `room` bytes of JSON. */
function pack(arrays: readonly (readonly unknown[])[], room: number, tooLarge: (bytes: number) => Error): RowGroup[] {
  const groups: RowGroup[] = [];
  let used = Infinity;
  arrays.forEach((rows, number) => {
    for (const row of rows) {
      const bytes = bytesOf(row) + 1;
      if (bytes > room) throw tooLarge(bytes);
      if (used + bytes > room) {
        groups.push(arrays.map(() => []));
        used = 0;
      }
      groups.at(-1)?.[number]?.push(row);
      used += bytes;
    }
  });
  if (groups.length === 0) throw tooLarge(maxMessageBytes - room);
  return groups;
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
