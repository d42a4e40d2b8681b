import { SpanKind, type Span } from '@opentelemetry/api';
import type { BatchTrace, MessagingTracing, ReceivedEvent } from '@risk-budget/messaging';
import type { Tracing } from './tracing.js';

/** Causes that a span of a batch names beside the one it continues. */
const maximumLinks = 32;

/**
 * Spans around the handling and the writing of events, so that one trace leads from the first cause through every service. Undefined
 * without a collector: then the context of a cause is passed on as it came, and none is begun.
 */
export function messagingTracing(tracing: Tracing): MessagingTracing | undefined {
  if (!tracing.recording) return undefined;
  return {
    startBatch: (topic, events) => startBatch(tracing, topic, events),
    publishing: (type, topic, cause) => {
      const span = tracing.startProducerSpan(`publish ${type}`, cause, { 'messaging.destination.name': topic });
      const traceparent = tracing.traceparentOf(span);
      span.end();
      return traceparent;
    },
  };
}

/** One span for each trace that the events of a batch belong to: all of the same trace are handled in the same. */
function startBatch(tracing: Tracing, topic: string, events: readonly ReceivedEvent[]): BatchTrace {
  const traces = new Map<string, ReceivedEvent[]>();
  for (const event of events) {
    const id = traceIdOf(event);
    const known = traces.get(id);
    if (known === undefined) traces.set(id, [event]);
    else known.push(event);
  }
  const spans = new Map<string, Span>();
  for (const [id, [first, ...others]] of traces) {
    const attributes = { 'messaging.destination.name': topic, 'messaging.batch.message_count': others.length + 1 };
    const links = others.slice(0, maximumLinks).flatMap((event) => event.traceparent ?? []);
    spans.set(id, tracing.startWorkSpan(`process ${topic}`, first?.traceparent, attributes, SpanKind.CONSUMER, links));
  }
  return {
    traceparentOf: (event) => {
      const span = spans.get(traceIdOf(event));
      return span === undefined ? event.traceparent : tracing.traceparentOf(span);
    },
    end: (error) => {
      for (const span of spans.values()) tracing.endWorkSpan(span, error);
    },
  };
}

/** Events without a trace share the one that begins with them. */
function traceIdOf(event: ReceivedEvent): string {
  return event.traceparent?.split('-')[1] ?? '';
}
