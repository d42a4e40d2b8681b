import { topicPath, type EventDefinition } from '@risk-budget/contracts';
import type { MessagingDriver, ReadOptions } from '../driver/driver.js';
import { byType, decode, toReceivedEvent } from '../events/codec.js';
import { PartCollector } from '../events/merge.js';
import type { ReceivedEvent } from '../events/received-event.js';

export interface ReadEventsOptions extends ReadOptions {
  /** Told of messages that cannot be read; without it they are passed over. */
  onUnreadable?(payload: string, error: unknown): void;
}

/**
 * The events of one type on a topic, whole and in the order of the log, for outside readers and verifiers. Nothing is
 * dropped: a message published twice comes twice.
 */
export async function* readEvents<Data>(
  driver: MessagingDriver,
  definition: EventDefinition<Data>,
  options: ReadEventsOptions = {},
): AsyncGenerator<ReceivedEvent<Data>> {
  const parts = new PartCollector();
  const definitions = byType([definition as EventDefinition]);
  for await (const messages of driver.read(topicPath(definition.topic), options)) {
    for (const { payload } of messages) {
      const event = read(payload, definition, definitions, parts, options);
      if (event !== undefined) yield event;
    }
  }
}

function read<Data>(
  payload: string,
  definition: EventDefinition<Data>,
  definitions: ReadonlyMap<string, EventDefinition>,
  parts: PartCollector,
  options: ReadEventsOptions,
): ReceivedEvent<Data> | undefined {
  try {
    const decoded = decode(payload, definitions);
    if (decoded.definition === undefined) return undefined;
    const whole = parts.take(definition.rows, decoded);
    if (whole === undefined) return undefined;
    return toReceivedEvent(definition.topic.name, whole.envelope, whole.data) as ReceivedEvent<Data>;
  } catch (error) {
    options.onUnreadable?.(payload, error);
    return undefined;
  }
}
