import { StreamableFile, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { etagKey, etagOf } from './etag.js';

/** Gives answers of `@ETagged()` routes their tag, and answers 304 to a GET that has seen this version. */
export class EtagInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const versionOf = this.reflector.get<((body: unknown) => number | string) | undefined>(
      etagKey,
      context.getHandler(),
    );
    if (versionOf === undefined) return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map((body: unknown) => {
        if (typeof body !== 'object' || body === null || body instanceof StreamableFile) return body;
        const tag = etagOf(versionOf(body));
        void reply.header('etag', tag);
        const isRead = request.method === 'GET' || request.method === 'HEAD';
        if (!isRead || !seen(request.headers['if-none-match'], tag)) return body;
        void reply.status(304);
        return undefined;
      }),
    );
  }
}

/** Weak comparison, as RFC 9110 asks of `If-None-Match`. */
function seen(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === tag);
}
