import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { BatchContext, ReceivedEvent } from '@risk-budget/messaging';
import { Observable } from 'rxjs';
import { runInContext } from '../context/request-context.js';

/** What a handler of events logs bears the correlation and the trace of the last event of its batch. */
export class EventWorkInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const rpc = context.switchToRpc();
    const last = rpc.getData<readonly ReceivedEvent[]>().at(-1);
    if (last === undefined) return next.handle();
    const traceparent = rpc.getContext<BatchContext>().traceparentOf(last);
    const work = {
      correlationId: last.correlationId,
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    return new Observable((subscriber) => runInContext(work, () => next.handle().subscribe(subscriber)));
  }
}
