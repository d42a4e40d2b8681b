import { ValidationError } from '@risk-budget/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { runInContext } from '../context/request-context.js';
import { principalOf } from '../identity/request-principal.js';
import type { Logger } from '../logging/logger.js';
import type { Metrics } from '../metrics/metrics.js';
import { isStorable } from '../storable.js';
import type { Tracing } from '../telemetry/tracing.js';
import type { InFlight } from './in-flight.js';
import { bindWork, correlationIdFrom, workOf } from './request-work.js';
import type { RouteTable } from './route-table.js';

export interface ServerHookParts {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly routes: RouteTable;
  readonly inFlight: InFlight;
}

/** What happens around every request: correlation id and trace in and out, the log line, the duration, and texts no database can hold refused. */
export function addServerHooks(
  server: FastifyInstance,
  { logger, metrics, tracing, routes, inFlight }: ServerHookParts,
): void {
  const durations = metrics.histogram(
    'risk_budget_http_request_duration_seconds',
    'Time from the first byte of a request to the end of its answer',
    ['method', 'route', 'status'],
  );
  metrics.observedGauge('risk_budget_http_requests_in_flight', 'Requests being answered', () => inFlight.size);

  server.addHook('onRoute', (route) => routes.add(route.url, route.method));

  server.addHook('onRequest', (request, reply, done) => {
    const span = tracing.startServerSpan(
      `${request.method} ${request.routeOptions.url ?? 'unmatched'}`,
      request.headers['traceparent'],
      {
        'http.request.method': request.method,
        'http.route': request.routeOptions.url ?? 'unmatched',
        'url.path': request.url.split('?', 1)[0] ?? '',
      },
    );
    const work = {
      correlationId: correlationIdFrom(request.headers['x-correlation-id']),
      span,
      traceparent: tracing.traceparentOf(span),
    };
    bindWork(request, work);
    void reply.header('x-correlation-id', work.correlationId).header('traceparent', work.traceparent);
    try {
      inFlight.enter(request, reply);
    } catch (error) {
      return done(error as Error);
    }
    runInContext(work, done);
  });

  // Reading a body loses the asynchronous context; handlers run in it again from here on.
  server.addHook('preValidation', (request, _reply, done) => {
    const problem = unstorableParameter(request);
    runInContext(workOf(request), () => done(problem));
  });

  server.addHook('onResponse', (request, reply, done) => {
    finish(request, reply);
    done();
  });

  server.addHook('onRequestAbort', (request, done) => {
    logger.debug('request aborted by the client', { method: request.method, url: request.url });
    done();
  });

  function finish(request: FastifyRequest, reply: FastifyReply): void {
    const route = request.is404 ? 'unmatched' : (request.routeOptions.url ?? 'unmatched');
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    const work = workOf(request);
    durations.observe(labels, reply.elapsedTime / 1000);
    tracing.endServerSpan(work.span, reply.statusCode);
    runInContext(work, () =>
      logger.info('request', {
        ...labels,
        status: reply.statusCode,
        path: request.url.split('?', 1)[0],
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
        subject: principalOf(request)?.subject,
      }),
    );
  }
}

/** A path or query text that the database would refuse. */
function unstorableParameter(request: FastifyRequest): ValidationError | undefined {
  for (const [place, values] of [
    ['path', request.params],
    ['query', request.query],
  ] as const) {
    for (const [name, value] of Object.entries((values ?? {}) as Record<string, unknown>)) {
      const texts = Array.isArray(value) ? value.map(String) : [String(value)];
      if (texts.every(isStorable) && isStorable(name)) continue;
      return new ValidationError([{ field: place, problem: 'holds a null character or half a surrogate pair' }]);
    }
  }
  return undefined;
}
