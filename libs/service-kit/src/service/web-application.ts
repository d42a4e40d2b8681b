import fastifyHelmet from '@fastify/helmet';
import { DiscoveryService, MetadataScanner, NestFactory, Reflector } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DynamicModule } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BaseConfig } from '../config/base-config.js';
import { kitErrors } from '../errors/error-catalogue.js';
import { ProblemFilter } from '../errors/problem.filter.js';
import { registerBodyParsers } from '../http/body-parsers.js';
import { clientErrorAnswer } from '../http/client-error.js';
import { MediaTypeGuard } from '../http/consumes.js';
import { EtagInterceptor } from '../http/etag.interceptor.js';
import { IdempotencyInterceptor } from '../http/idempotency.interceptor.js';
import type { IdempotencyStore } from '../http/idempotency.store.js';
import type { InFlight } from '../http/in-flight.js';
import { RateLimiter } from '../http/rate-limiter.js';
import { ResponseCheckInterceptor } from '../http/response-check.interceptor.js';
import { RouteTable } from '../http/route-table.js';
import { addServerHooks } from '../http/server-hooks.js';
import { ValidationPipe } from '../http/validation.pipe.js';
import { WorkInterceptor } from '../http/work.interceptor.js';
import { AuthGuard } from '../identity/auth.guard.js';
import { assertEveryRouteGuarded, routeHandlers } from '../identity/guarded-routes.js';
import type { TokenVerifier } from '../identity/token-verifier.js';
import type { Logger } from '../logging/logger.js';
import { NestLogger } from '../logging/nest-logger.js';
import type { Metrics } from '../metrics/metrics.js';
import { serveDocs } from '../openapi/docs.js';
import { openApiDocument } from '../openapi/document.js';
import type { Tracing } from '../telemetry/tracing.js';
import type { ServiceDefinition } from './define-service.js';

export interface WebApplicationParts {
  readonly definition: ServiceDefinition;
  readonly config: BaseConfig;
  readonly root: DynamicModule;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  /** Made once the application's providers exist. */
  readonly tokens: (app: NestFastifyApplication) => TokenVerifier;
  readonly idempotency: IdempotencyStore;
  readonly inFlight: InFlight;
  readonly checkResponses: boolean;
}

/** Builds the Nest application of a service: parsers, hooks, guards, filters, documents. It is neither initialised nor listening yet. */
export async function webApplication(parts: WebApplicationParts): Promise<NestFastifyApplication> {
  const { config, logger, definition } = parts;
  const routes = new RouteTable();
  const filter = new ProblemFilter(logger, routes);
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit: config.BODY_LIMIT_BYTES,
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    trustProxy: config.TRUST_PROXY,
    return503OnClosing: false,
    // By then every answer is out; a client that connected and asked for nothing is not idle to Node and would hold the stop up.
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      filter.answer(error, request, reply),
    clientErrorHandler: clientErrorAnswer,
  });
  const server = adapter.getInstance() as unknown as FastifyInstance;
  registerBodyParsers(server, config.RAW_BODY_LIMIT_BYTES);
  addServerHooks(server, { logger, metrics: parts.metrics, tracing: parts.tracing, routes, inFlight: parts.inFlight });

  const app = await NestFactory.create<NestFastifyApplication>(parts.root, adapter, {
    logger: new NestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  await app.register(
    fastifyHelmet as never,
    {
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'"],
          styleSrc: ["'self'", "'unsafe-inline'"],
          imgSrc: ["'self'", 'data:'],
          connectSrc: ["'self'"],
          frameAncestors: ["'none'"],
          baseUri: ["'none'"],
          formAction: ["'none'"],
        },
      },
    } as never,
  );

  const reflector = app.get(Reflector);
  const handlers = routeHandlers(app.get(DiscoveryService), app.get(MetadataScanner));
  assertEveryRouteGuarded(handlers, reflector);
  const limiter = new RateLimiter(config.RATE_LIMIT_PER_MINUTE);
  app.useGlobalFilters(filter);
  app.useGlobalGuards(new AuthGuard(reflector, parts.tokens(app), limiter), new MediaTypeGuard(reflector));
  app.useGlobalPipes(new ValidationPipe());
  app.useGlobalInterceptors(
    new WorkInterceptor(),
    ...(parts.checkResponses ? [new ResponseCheckInterceptor(reflector)] : []),
    new EtagInterceptor(reflector),
    new IdempotencyInterceptor(reflector, parts.idempotency),
  );
  const { name, version, description } = definition;
  serveDocs(server, openApiDocument(app, { name, version, description, handlers, reflector }), {
    ...kitErrors,
    ...definition.errors,
  });
  return app;
}
