import type { ReceivedEvent } from './received-event.js';

/** How the traces of a service are recorded; given by the service. Without one, an event carries the W3C context of its cause as it came. */
export interface MessagingTracing {
  /** The handling of a batch begins: each event of it is handled below the span that it came with. */
  startBatch(topic: string, events: readonly ReceivedEvent[]): BatchTrace;
  /** An event is written. @returns the W3C context that it carries, below that of its cause */
  publishing(type: string, topic: string, cause: string | undefined): string | undefined;
}

/** The spans in which one batch is handled. */
export interface BatchTrace {
  /** W3C context in which an event of the batch is handled. */
  traceparentOf(event: ReceivedEvent): string | undefined;
  end(error?: unknown): void;
}

export const passedOn: MessagingTracing = {
  startBatch: () => ({ traceparentOf: (event) => event.traceparent, end: () => undefined }),
  publishing: (_type, _topic, cause) => cause,
};
