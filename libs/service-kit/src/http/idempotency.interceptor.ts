import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { comparableJson } from '../audit/canonical-json.js';
import { currentContext } from '../context/request-context.js';
import { KitError } from '../errors/kit-error.js';
import { toCodedError } from '../errors/to-coded-error.js';
import { principalOf } from '../identity/request-principal.js';
import { idempotentKey } from './idempotent.decorator.js';
import type { IdempotencyStore, KeyIdentity, StoredAnswer } from './idempotency.store.js';

/** Headers of an answer that belong to its content and are given again with it. */
const keptHeaders = ['location', 'etag', 'content-type'];

/** Carries out requests of `@Idempotent()` routes once per key, and gives the first answer to every repeat. */
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly store: IdempotencyStore,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const wanted =
      context.getType() === 'http' &&
      this.reflector.get<boolean | undefined>(idempotentKey, context.getHandler()) === true;
    return wanted ? from(this.once(context, next)) : next.handle();
  }

  private async once(context: ExecutionContext, next: CallHandler): Promise<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const identity = identityOf(request);
    const claim = await this.store.claim(identity, bodyHash(request));
    if (claim.answer !== undefined) return repeat(claim.answer, reply);
    const work = currentContext();
    if (work !== undefined) work.firstCommit = (tx) => this.store.markCommitted(tx, identity, claim.attempt);
    // The kit's own transactions below must not count as the handler's first.
    const settle = (): void => {
      if (work !== undefined) work.firstCommit = undefined;
    };
    try {
      const body: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      settle();
      await this.store.complete(identity, claim.attempt, answerOf(body, reply));
      return body;
    } catch (error) {
      settle();
      // A refused request changed nothing: the key is free for a corrected one. After an outage the outcome may be unknown.
      if (toCodedError(error).status < 500) await this.store.release(identity, claim.attempt);
      else await this.store.unlock(identity, claim.attempt).catch(() => undefined);
      throw error;
    }
  }
}

/** What tells two bodies apart. A file is not read before its handler reads it: its type and length have to do. */
function bodyHash(request: FastifyRequest): string {
  const { body, headers } = request;
  const text =
    body instanceof Readable
      ? `${headers['content-type'] ?? ''} ${headers['content-length'] ?? ''}`
      : comparableJson(body ?? null);
  return createHash('sha256').update(text).digest('hex');
}

function identityOf(request: FastifyRequest): KeyIdentity {
  const header = request.headers['idempotency-key'];
  const key = Array.isArray(header) ? header[0] : header;
  if (key === undefined || key === '') throw new KitError('IDEMPOTENCY_KEY_REQUIRED');
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new KitError('VALIDATION_FAILED', {
      errors: [
        {
          field: 'headers.idempotency-key',
          problem: 'is no plain text',
          allowed: '1 to 255 printable ASCII characters without spaces',
        },
      ],
    });
  }
  const principal = principalOf(request);
  return {
    issuer: principal?.issuer ?? '',
    subject: principal?.subject ?? '',
    route: `${request.method} ${request.url.split('?', 1)[0] ?? ''}`.slice(0, 2000),
    key,
  };
}

function answerOf(body: unknown, reply: FastifyReply): StoredAnswer {
  const headers = Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = reply.getHeader(name);
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );
  return { status: reply.statusCode, headers, body: body === undefined ? null : JSON.stringify(body) };
}

function repeat(answer: StoredAnswer, reply: FastifyReply): unknown {
  void reply.status(answer.status).headers(answer.headers).header('idempotent-replayed', 'true');
  return answer.body === null ? undefined : (JSON.parse(answer.body) as unknown);
}
