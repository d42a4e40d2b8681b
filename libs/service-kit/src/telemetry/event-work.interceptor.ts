import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { Observable } from 'rxjs';
import { runInContext } from '../context/request-context.js';
import type { Tracing } from './tracing.js';

/** Runs a handler of events in a consumer span that continues the trace of its first event, and in the last event's correlation. */
export class EventWorkInterceptor implements NestInterceptor {
  constructor(private readonly tracing: Tracing) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const rpc = context.switchToRpc();
    const events = rpc.getData<readonly ReceivedEvent[]>();
    const batch = rpc.getContext<BatchContext>();
    const [first, ...others] = events;
    const attributes = { 'messaging.destination.name': batch.topic, 'messaging.batch.message_count': events.length };
    const links = others.slice(0, 32).flatMap((event) => event.traceparent ?? []);
    const span = this.tracing.startWorkSpan(
      `process ${batch.topic}`,
      first?.traceparent,
      attributes,
      SpanKind.CONSUMER,
      links,
    );
    const work = {
      correlationId: events.at(-1)?.correlationId ?? '',
      span,
      traceparent: this.tracing.traceparentOf(span),
    };
    return new Observable((subscriber) =>
      runInContext(work, () =>
        next.handle().subscribe({
          next: (value) => subscriber.next(value),
          error: (error: unknown) => {
            this.tracing.endWorkSpan(span, error);
            subscriber.error(error);
          },
          complete: () => {
            this.tracing.endWorkSpan(span);
            subscriber.complete();
          },
        }),
      ),
    );
  }
}
