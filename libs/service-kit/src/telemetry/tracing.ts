import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace';

export interface TracingOptions {
  readonly service: string;
  readonly instance: string;
  readonly version: string;
  /** OTLP/HTTP collector; without one, and without an exporter, ids are made and passed on but nothing is recorded. */
  readonly endpoint?: string | undefined;
  readonly exporter?: SpanExporter | undefined;
  readonly sampleRatio: number;
}

/**
 * The traces of one service instance. Nothing is registered globally, so that instances in one process do not meet; spans are handed on
 * explicitly and travel as `traceparent` over HTTP and in events.
 */
export class Tracing {
  /** Whether spans go anywhere. */
  readonly recording: boolean;
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;

  constructor(options: TracingOptions) {
    const processors = processorsFor(options);
    this.recording = processors.length > 0;
    const root = this.recording ? new TraceIdRatioBasedSampler(options.sampleRatio) : new AlwaysOffSampler();
    this.provider = new TracerProvider({
      // A trace that somebody else samples stays sampled on its way through a service that records nothing.
      sampler: new ParentBasedSampler({ root }),
      resource: resourceFromAttributes({
        'service.name': `risk-budget-${options.service}`,
        'service.version': options.version,
        'service.instance.id': options.instance,
      }),
      spanProcessors: processors,
    });
    this.tracer = this.provider.getTracer('@risk-budget/service-kit', options.version);
  }

  /** A span around an HTTP request, continuing the caller's trace. */
  startServerSpan(name: string, traceparent: string | string[] | undefined, attributes: Attributes): Span {
    const parent = contextFrom(Array.isArray(traceparent) ? traceparent[0] : traceparent);
    return this.tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
  }

  endServerSpan(span: Span | undefined, status: number): void {
    span?.setAttribute('http.response.status_code', status);
    if (status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
  }

  /** A span around work that an event, a timer or a job causes, continuing the trace of its cause and linked to further causes. */
  startWorkSpan(
    name: string,
    traceparent: string | undefined,
    attributes: Attributes,
    kind: SpanKind = SpanKind.CONSUMER,
    causes: readonly string[] = [],
  ): Span {
    const links = causes.flatMap((cause): Link[] => {
      const context = trace.getSpanContext(contextFrom(cause));
      return context === undefined ? [] : [{ context }];
    });
    return this.tracer.startSpan(name, { kind, attributes, links }, contextFrom(traceparent));
  }

  /** A span of the publishing of an event: its context stands in the event. */
  startProducerSpan(name: string, traceparent: string | undefined, attributes: Attributes): Span {
    return this.tracer.startSpan(name, { kind: SpanKind.PRODUCER, attributes }, contextFrom(traceparent));
  }

  endWorkSpan(span: Span, error?: unknown): void {
    if (error !== undefined) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
  }

  /** The W3C `traceparent` of a span. */
  traceparentOf(span: Span): string {
    const { traceId, spanId, traceFlags } = span.spanContext();
    return `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0')}`;
  }

  /** Sends what is left and ends the exporter. */
  async shutdown(): Promise<void> {
    await this.provider.forceFlush().catch(() => undefined);
    await this.provider.shutdown().catch(() => undefined);
  }
}

function processorsFor(options: TracingOptions): SpanProcessor[] {
  if (options.exporter !== undefined) return [new SimpleSpanProcessor({ exporter: options.exporter })];
  if (options.endpoint === undefined) return [];
  const url = `${options.endpoint.replace(/\/$/, '')}/v1/traces`;
  return [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }) })];
}

function contextFrom(traceparent: string | undefined): Context {
  const match = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/.exec(traceparent ?? '');
  const [, traceId, spanId, flags] = match ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
  });
}
