import type { EventDefinition } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import { withEventContext } from './events/event-context.js';
import type { ReceivedEvent } from './events/received-event.js';
import { inConsumerSpan } from './events/tracing.js';
import { BatchContext, type BatchEventInput } from './nest/batch-context.js';
import type { Outbox } from './outbox/outbox.js';

/** Handles a batch of one topic; its promise is its outcome. */
export type BatchHandler = (events: readonly ReceivedEvent[], batch: BatchContext) => Promise<void>;

export interface HandlingOptions {
  topic: string;
  handlers: readonly BatchHandler[];
  outbox: Outbox;
  tx: Tx | undefined;
  attempt: number;
  replay: boolean;
}

/** Runs the handlers of a topic one after the other in one transaction and one span, with the events' context for what they write. */
export async function runHandlers(events: readonly ReceivedEvent[], options: HandlingOptions): Promise<void> {
  const { topic, handlers, outbox, tx, attempt, replay } = options;
  const emit = <Data>(definition: EventDefinition<Data>, input: BatchEventInput<Data>): Promise<string> => {
    if (tx === undefined) throw new TypeError(`the fan-out handler of ${topic} has no transaction to write events in`);
    const { cause = causeOf(definition.key(input.data), events), ...rest } = input;
    return outbox.emit(tx, definition, {
      ...(cause === undefined ? {} : { correlationId: cause.correlationId, causationId: cause.id, ...traceOf(cause) }),
      ...rest,
    });
  };
  const batch = new BatchContext(topic, attempt, replay, { tx, emit });
  const last = events.at(-1);
  const run = async (): Promise<void> => {
    for (const handler of handlers) await handler(events, batch);
  };
  const inContext = (): Promise<void> =>
    last === undefined
      ? run()
      : withEventContext({ correlationId: last.correlationId, causationId: last.id, ...traceOf(last) }, run);
  await inConsumerSpan(topic, events, inContext);
}

/** The event that another most likely follows from: the last of its own key, else the last. */
function causeOf(key: string, events: readonly ReceivedEvent[]): ReceivedEvent | undefined {
  return events.findLast((event) => event.key === key) ?? events.at(-1);
}

function traceOf(event: ReceivedEvent): { traceparent?: string } {
  return event.traceparent === undefined ? {} : { traceparent: event.traceparent };
}
