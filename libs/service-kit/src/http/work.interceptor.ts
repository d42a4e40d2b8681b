import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { withEventContext } from '@risk-budget/messaging';
import type { FastifyRequest } from 'fastify';
import { Observable } from 'rxjs';
import { principalOf } from '../identity/request-principal.js';
import { workOf } from './request-work.js';

/** Events that a request writes carry its correlation id, its trace and who made it. */
export class WorkInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const work = workOf(request);
    const principal = principalOf(request);
    const carried = {
      correlationId: work.correlationId,
      ...(work.traceparent === undefined ? {} : { traceparent: work.traceparent }),
      ...(principal === undefined ? {} : { actor: principal.actor }),
    };
    return new Observable((subscriber) => withEventContext(carried, () => next.handle().subscribe(subscriber)));
  }
}
