import type { SpanKind } from '@opentelemetry/api';
import { withEventContext } from '@risk-budget/messaging';
import type { Tracing } from '../telemetry/tracing.js';
import { runInContext } from './request-context.js';

/** What causes a piece of work that is no request. */
export interface WorkCause {
  /** Name of the span. */
  readonly name: string;
  readonly correlationId: string;
  readonly traceparent: string | undefined;
  readonly kind: SpanKind;
}

/** Runs timers and jobs in a span and a correlation of their own, which what they log and emit carries on. */
export class WorkRunner {
  constructor(private readonly tracing: Tracing) {}

  async run<T>(cause: WorkCause, work: () => Promise<T>): Promise<T> {
    const { correlationId } = cause;
    const span = this.tracing.startWorkSpan(cause.name, cause.traceparent, {}, cause.kind);
    const traceparent = this.tracing.traceparentOf(span);
    try {
      const result = await runInContext({ correlationId, span, traceparent }, () =>
        withEventContext({ correlationId, traceparent }, work),
      );
      this.tracing.endWorkSpan(span);
      return result;
    } catch (error) {
      this.tracing.endWorkSpan(span, error);
      throw error;
    }
  }
}
