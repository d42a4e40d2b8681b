import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { CodedError } from '@risk-budget/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { throwError, type Observable } from 'rxjs';
import { workOf } from '../http/request-work.js';
import type { RouteTable } from '../http/route-table.js';
import type { Logger } from '../logging/logger.js';
import { KitError } from './kit-error.js';
import { problemHeaders, problemOf } from './problem.js';
import { toCodedError } from './to-coded-error.js';

/** The one place where errors become answers. Handlers of events get their error back as it is: messaging decides on it. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly routes: RouteTable,
  ) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> | void {
    if (host.getType() !== 'http') return throwError(() => error);
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Sends the problem; used for errors raised before Nest as well. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const coded = request.is404 && !badUrl(error) ? this.noRoute(request) : toCodedError(error);
    const { correlationId } = workOf(request);
    this.log(coded, error, request);
    if (reply.sent || reply.raw.headersSent) {
      // A stream has begun: the status is out, and the only honest end is to break it off.
      reply.raw.destroy();
      return;
    }
    const path = request.url.split('?', 1)[0] ?? request.url;
    void reply
      .status(coded.status)
      .headers(problemHeaders(coded))
      .send(JSON.stringify(problemOf(coded, path, correlationId)));
  }

  private noRoute(request: FastifyRequest): CodedError {
    const allowed = this.routes.methodsFor(request.url);
    // The path fits a route of this method and was refused all the same: a segment is longer than any id may be.
    if (allowed.includes(request.method)) return new KitError('URL_TOO_LONG');
    if (allowed.length === 0) return new KitError('ROUTE_NOT_FOUND');
    return new KitError('METHOD_NOT_ALLOWED', { headers: { allow: allowed.join(', ') } });
  }

  private log(coded: CodedError, error: unknown, request: FastifyRequest): void {
    const fields = { code: coded.code, status: coded.status, method: request.method, url: request.url, error };
    if (coded.status >= 500 && coded.status !== 503) this.logger.error('request failed', fields);
    else if (coded.status === 503 || coded.code === 'INPUT_REFUSED' || coded.code === 'ALREADY_EXISTS')
      this.logger.warn('request failed', fields);
  }
}

/** Fastify looks for no route when it cannot read the path. */
function badUrl(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'FST_ERR_BAD_URL';
}
