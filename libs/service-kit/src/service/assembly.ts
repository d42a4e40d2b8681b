import type { DynamicModule, Provider } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { WallClock } from '@risk-budget/contracts';
import {
  brokerAccessOf,
  connectMessaging,
  createDriver,
  DeadLetters,
  Messaging,
  MessagingClient,
  ParkedMessages,
  ProgressCounter,
  type MessagingDriver,
} from '@risk-budget/messaging';
import type { Persistence } from '@risk-budget/persistence';
import { anchorTimerKind, AuditAnchor } from '../audit/audit-anchor.js';
import { AuditService } from '../audit/audit.service.js';
import { BusinessClock } from '../clock/business-clock.js';
import { ReplayClock } from '../clock/replay-clock.js';
import type { BaseConfig } from '../config/base-config.js';
import { WorkRunner } from '../context/work-runner.js';
import { IdempotencyStore } from '../http/idempotency.store.js';
import type { InFlight } from '../http/in-flight.js';
import { keySource } from '../identity/key-source.js';
import { PORTFOLIO_DIRECTORY, type PortfolioDirectory } from '../identity/portfolio-scope.js';
import { TokenVerifier } from '../identity/token-verifier.js';
import { jobHandlerKey, type JobHandlerMetadata } from '../jobs/job.decorator.js';
import { JobRunner } from '../jobs/job.runner.js';
import { JobService } from '../jobs/job.service.js';
import { JobStore } from '../jobs/job.store.js';
import type { Logger } from '../logging/logger.js';
import type { Readiness } from '../management/readiness.js';
import { messagingMetrics } from '../metrics/messaging-metrics.js';
import type { Metrics } from '../metrics/metrics.js';
import { markedMethods, uniqueBy, type MarkedMethod } from '../nest/marked-methods.js';
import { MessagingController } from '../operator/messaging.controller.js';
import { republishJobKind, RepublishService } from '../operator/republish.service.js';
import { EventWorkInterceptor } from '../telemetry/event-work.interceptor.js';
import { messagingTracing } from '../telemetry/messaging-tracing.js';
import type { Tracing } from '../telemetry/tracing.js';
import { timerHandlerKey, timerLockKey } from '../timers/timer.decorator.js';
import { TimerRunner } from '../timers/timer.runner.js';
import { TimerService } from '../timers/timer.service.js';
import type { ServiceDefinition } from './define-service.js';
import { Housekeeping } from './housekeeping.js';
import { PlatformModule } from './platform.module.js';
import type { ServiceDependencies } from './service.types.js';
import { StatusReporter } from './status.js';
import { STOPPING } from './stopping.token.js';
import { StartAbortedError, whenReachable } from './waiting.js';
import { webApplication } from './web-application.js';

export interface AssemblyParts {
  readonly definition: ServiceDefinition;
  readonly config: BaseConfig;
  readonly instance: string;
  readonly persistence: Persistence;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly readiness: Readiness;
  readonly inFlight: InFlight;
  readonly stopping: AbortSignal;
  readonly dependencies: ServiceDependencies;
  /** Told of the driver as soon as it exists: whoever starts the service closes it. */
  readonly onDriver: (driver: MessagingDriver) => void;
}

/** The working parts of a service on an open database. Nothing runs before `startWork`. */
export interface Assembly {
  readonly app: NestFastifyApplication;
  readonly messaging: Messaging;
  readonly status: StatusReporter;
  readonly lagOf: () => ReadonlyMap<string, number>;
  startWork(): Promise<void>;
  stopStatus(): Promise<void>;
  stopWork(): Promise<void>;
}

/** Puts a service together: clock, messaging, timers, jobs, audit, and the application over them. */
export async function assemble(parts: AssemblyParts): Promise<Assembly> {
  const { definition, config, instance, persistence, logger, metrics, tracing } = parts;
  const replayed = config.CLOCK === 'replay' ? new BusinessClock() : undefined;
  const patiently = <T>(what: string, work: () => Promise<T>): Promise<T> =>
    whenReachable(what, work, logger, parts.stopping, () => undefined);
  if (replayed !== undefined) await patiently('the database', () => replayed.load(persistence));
  const clock = replayed ?? new WallClock();
  const wall = new WallClock();
  const driver = createDriver(config.MESSAGING_URL, {
    applicationName: instance.slice(0, 63),
    ...brokerAccessOf(config),
  });
  parts.onDriver(driver);
  const counting = messagingMetrics(metrics);
  let reportParked: (detail: string) => void = () => undefined;
  const spans = messagingTracing(tracing);
  const messaging = new Messaging({
    service: definition.name,
    persistence,
    driver,
    publishes: definition.topics.publishes.map((topic) => topic.name),
    metrics: counting.metrics,
    log: logger.child({ part: 'messaging' }),
    ...(spans === undefined ? {} : { tracing: spans }),
    onParked: (topic, key, error) => reportParked(`${topic} ${key}: ${error}`.slice(0, 1000)),
  });
  const status = new StatusReporter({
    service: definition.name,
    instance,
    version: definition.version,
    persistence,
    outbox: messaging.outbox,
    clock,
    readiness: parts.readiness,
    logger,
  });
  reportParked = (detail) => void status.report('parkedKey', detail);

  const timers = new TimerService(persistence);
  const jobs = new JobService(persistence);
  const audit = new AuditService(persistence, clock, () => wall.now());
  const idempotency = new IdempotencyStore(persistence);
  const anchor = new AuditAnchor(definition.name, timers, messaging.outbox);
  const republishing = new RepublishService(definition, jobs, messaging.states);
  const extra: Provider[] = [
    { provide: Messaging, useValue: messaging },
    { provide: MessagingClient, useValue: messaging.client },
    { provide: ParkedMessages, useValue: messaging.parked },
    { provide: DeadLetters, useValue: messaging.deadLetters },
    { provide: ProgressCounter, useValue: messaging.progress },
    { provide: RepublishService, useValue: republishing },
    { provide: StatusReporter, useValue: status },
    { provide: STOPPING, useValue: parts.stopping },
  ];
  const platform = PlatformModule.of({
    persistence,
    outbox: messaging.outbox,
    clock,
    config,
    logger,
    metrics,
    audit,
    timers,
    jobs,
    extra,
    controllers: [MessagingController],
  });
  const app: NestFastifyApplication = await webApplication({
    definition,
    config,
    root: rootModule(definition, config, platform),
    logger,
    metrics,
    tracing,
    tokens: (application) => tokenVerifier(config, application, parts.dependencies),
    idempotency,
    inFlight: parts.inFlight,
    checkResponses: parts.dependencies.checkResponses ?? false,
  });
  connectMessaging(app, messaging).useGlobalInterceptors(new EventWorkInterceptor());

  const [discovery, scanner] = [app.get(DiscoveryService), app.get(MetadataScanner)];
  const work = new WorkRunner(tracing);
  const timerMethods = [
    ...markedMethods<string>(discovery, scanner, timerHandlerKey),
    bound(anchorTimerKind, 'AuditAnchor.fire', anchor.fire.bind(anchor)),
  ];
  const timerRunner = new TimerRunner({
    persistence,
    handlers: uniqueBy(timerMethods, (kind) => kind, 'timer'),
    lock: uniqueBy(markedMethods<true>(discovery, scanner, timerLockKey), () => 'locks', 'timer').get('locks'),
    work,
    logger,
    metrics,
    onScheduled: (listener) => timers.onScheduled(listener),
    now: () => clock.now(),
    ...(replayed === undefined ? {} : { stepTo: (instant: string) => replayed.stepTo(instant) }),
  });
  const republish: MarkedMethod<JobHandlerMetadata> = bound(
    { kind: republishJobKind },
    'RepublishService.run',
    republishing.run.bind(republishing),
  );
  const jobRunner = new JobRunner({
    store: new JobStore(persistence),
    persistence,
    handlers: uniqueBy(
      [...markedMethods<JobHandlerMetadata>(discovery, scanner, jobHandlerKey), republish],
      ({ kind }) => kind,
      'job',
    ),
    work,
    logger,
    metrics,
    instance,
    concurrency: config.JOB_CONCURRENCY,
    onChange: (listener) => jobs.onChange(listener),
  });
  let anchored = false;
  const ensureAnchor = async (now: string): Promise<void> => {
    if (!anchored) await persistence.transaction((tx) => anchor.ensureScheduled(tx, now));
    anchored = true;
  };
  const replay =
    replayed === undefined
      ? undefined
      : new ReplayClock({
          service: definition.name,
          instance,
          clock: replayed,
          persistence,
          messaging,
          logger,
          timerKinds: timerRunner.kinds,
          fireDue: (until) => timerRunner.fireDue(until),
          onArrival: ensureAnchor,
        });
  const housekeeping = new Housekeeping(persistence, idempotency, clock, logger);

  return {
    app,
    messaging,
    status,
    lagOf: counting.lagOf,
    startWork: async () => {
      replay?.subscribe();
      // With an empty schema there is nothing to tell yet, which is not the same as that there is nothing.
      if (await patiently('the database', () => messaging.hasJoined())) parts.inFlight.open();
      const { rebuild, topics } = definition;
      const joined = await patiently('the broker', () =>
        messaging.join({
          ...topics,
          ...(rebuild === undefined
            ? {}
            : {
                rebuild: (context) =>
                  rebuild({ ...context, get: (token) => app.get(token as never, { strict: false }) }),
              }),
        }),
      );
      if (joined) logger.info('joined with an empty schema');
      // Waits for the broker, as long as it takes.
      await app.startAllMicroservices();
      parts.inFlight.open();
      if (replay === undefined) await patiently('the database', () => ensureAnchor(clock.now()));
      else await patiently('the broker', () => replay.start());
      if (parts.stopping.aborted) throw new StartAbortedError();
      timerRunner.start();
      jobRunner.start();
      housekeeping.start();
    },
    stopStatus: async () => {
      await status.stop();
      await status.report('stopping');
    },
    stopWork: async () => {
      await Promise.all([replay?.stop(), timerRunner.stop(), jobRunner.stop(), housekeeping.stop()]);
    },
  };
}

function rootModule(definition: ServiceDefinition, config: BaseConfig, platform: DynamicModule): DynamicModule {
  const { module } = definition;
  const own = 'forConfig' in module ? module.forConfig(config as never) : module;
  return { module: class ServiceRoot {}, imports: [platform, own] };
}

function tokenVerifier(
  config: BaseConfig,
  app: NestFastifyApplication,
  dependencies: ServiceDependencies,
): TokenVerifier {
  // Without a directory the service knows no groups: entries of the claim that name one match nothing.
  const provided = app
    .get(DiscoveryService)
    .getProviders()
    .find((wrapper) => wrapper.token === PORTFOLIO_DIRECTORY)?.instance as PortfolioDirectory | undefined;
  const directory = dependencies.portfolioDirectory ?? provided;
  return new TokenVerifier({
    keys: keySource(config.JWT_JWKS),
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    clockToleranceSeconds: config.JWT_CLOCK_TOLERANCE_SECONDS,
    directory: () => directory,
  });
}

function bound<Metadata>(
  metadata: Metadata,
  name: string,
  call: (...args: never[]) => unknown,
): MarkedMethod<Metadata> {
  return { metadata, name, call: call as MarkedMethod<Metadata>['call'] };
}
