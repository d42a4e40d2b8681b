import {
  context,
  isSpanContextValid,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
} from '@opentelemetry/api';
import type { ReceivedEvent } from './received-event.js';

const tracer = (): ReturnType<typeof trace.getTracer> => trace.getTracer('@risk-budget/messaging');

/** Links a batch's span may carry, beside its parent. */
const MAX_LINKS = 32;

/** W3C trace context of a span. */
export function toTraceparent(span: SpanContext): string {
  return `00-${span.traceId}-${span.spanId}-${(span.traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0')}`;
}

export function fromTraceparent(text: string | undefined): SpanContext | undefined {
  const match = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/.exec(text ?? '');
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined) return undefined;
  const span = { traceId: match[1], spanId: match[2], traceFlags: Number.parseInt(match[3], 16) & 1, isRemote: true };
  return isSpanContextValid(span) ? span : undefined;
}

/** The trace context for an event being written: a span of its own below the event that caused it, or below the active span. */
export function producerTraceparent(type: string, cause: string | undefined): string | undefined {
  const remote = fromTraceparent(cause);
  const active = trace.getActiveSpan()?.spanContext();
  const parent: Context = remote === undefined ? context.active() : trace.setSpanContext(context.active(), remote);
  if (remote === undefined && active === undefined) return undefined;
  const links = remote !== undefined && active !== undefined ? [{ context: active }] : [];
  const span = tracer().startSpan(`publish ${type}`, { kind: SpanKind.PRODUCER, links }, parent);
  span.end();
  const own = span.spanContext();
  return isSpanContextValid(own) ? toTraceparent(own) : undefined;
}

/** Runs a batch in a consumer span that continues the trace of its first event and links to the others. */
export async function inConsumerSpan<T>(
  topic: string,
  events: readonly ReceivedEvent[],
  work: () => Promise<T>,
): Promise<T> {
  const spans = events.map((event) => fromTraceparent(event.traceparent)).filter((span) => span !== undefined);
  const [first, ...others] = spans;
  const parent = first === undefined ? context.active() : trace.setSpanContext(context.active(), first);
  const options = {
    kind: SpanKind.CONSUMER,
    attributes: { 'messaging.destination.name': topic, 'messaging.batch.message_count': events.length },
    links: others.slice(0, MAX_LINKS).map((span) => ({ context: span })),
  };
  return tracer().startActiveSpan(`process ${topic}`, options, parent, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
