import type { EventDefinition } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import { withEventContext, type EventContext } from './events/event-context.js';
import type { ReceivedEvent } from './events/received-event.js';
import type { BatchTrace, MessagingTracing } from './events/tracing.js';
import { BatchContext, type BatchEventInput } from './nest/batch-context.js';
import type { Outbox } from './outbox/outbox.js';

/** Handles a batch of one topic; its promise is its outcome. */
export type BatchHandler = (events: readonly ReceivedEvent[], batch: BatchContext) => Promise<void>;

export interface HandlingOptions {
  topic: string;
  handlers: readonly BatchHandler[];
  outbox: Outbox;
  tracing: MessagingTracing;
  tx: Tx | undefined;
  attempt: number;
  replay: boolean;
}

/** Runs the handlers of a topic one after the other in one transaction, with the events' context for what they write. */
export async function runHandlers(events: readonly ReceivedEvent[], options: HandlingOptions): Promise<void> {
  const trace = options.tracing.startBatch(options.topic, events);
  try {
    await run(events, options, trace);
    trace.end();
  } catch (error) {
    trace.end(error);
    throw error;
  }
}

async function run(events: readonly ReceivedEvent[], options: HandlingOptions, trace: BatchTrace): Promise<void> {
  const { topic, handlers, outbox, tx, attempt, replay } = options;
  const contextOf = (event: ReceivedEvent): EventContext => {
    const traceparent = trace.traceparentOf(event);
    return {
      correlationId: event.correlationId,
      causationId: event.id,
      ...(traceparent === undefined ? {} : { traceparent }),
    };
  };
  const emit = <Data>(definition: EventDefinition<Data>, input: BatchEventInput<Data>): Promise<string> => {
    if (tx === undefined) throw new TypeError(`the fan-out handler of ${topic} has no transaction to write events in`);
    const { cause, ...rest } = input;
    const written = (): Promise<string> => outbox.emit(tx, definition, rest);
    return cause === undefined ? written() : withEventContext(contextOf(cause), written);
  };
  const batch = new BatchContext(topic, attempt, replay, {
    tx,
    emit,
    traceparentOf: (event) => trace.traceparentOf(event),
  });
  const last = events.at(-1);
  const all = async (): Promise<void> => {
    for (const handler of handlers) await handler(events, batch);
  };
  if (last === undefined) return all();
  const forKey = (key: string): EventContext => contextOf(causeOf(key, events) ?? last);
  await withEventContext({ ...contextOf(last), batch: { of: contextOf, forKey } }, all);
}

/** The event that another most likely follows from: the last of its own key. */
function causeOf(key: string, events: readonly ReceivedEvent[]): ReceivedEvent | undefined {
  return events.findLast((event) => event.key === key);
}
