import { StreamableFile, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import { returnsKey, type ReturnedAnswer } from '../openapi/api.decorators.js';
import { fieldProblems } from './field-problems.js';

/** Holds every answer against the schema that the OpenAPI document shows for it. For tests: a wrong answer becomes a 500. */
export class ResponseCheckInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const returned = this.reflector.get<ReturnedAnswer | undefined>(returnsKey, context.getHandler());
    if (returned?.schema === undefined) return next.handle();
    const { schema } = returned;
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((body: unknown) => {
        if (body instanceof StreamableFile || reply.statusCode === 304) return body;
        const sent: unknown = body === undefined ? undefined : JSON.parse(JSON.stringify(body));
        const parsed = schema.safeParse(sent);
        if (parsed.success) return body;
        const problems = fieldProblems(parsed.error.issues, '', 'body').map(
          ({ field, problem }) => `${field}: ${problem}`,
        );
        throw new Error(`the answer does not fit its documented schema: ${problems.join('; ')}`);
      }),
    );
  }
}
