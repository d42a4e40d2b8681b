import type { InjectionToken } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { MessagingDriver } from '@risk-budget/messaging';
import { createPersistence, type Persistence } from '@risk-budget/persistence';
import type { BaseConfig } from '../config/base-config.js';
import { WorkPersistence } from '../database/work-persistence.js';
import { InFlight } from '../http/in-flight.js';
import type { Logger } from '../logging/logger.js';
import { baseUrl, ManagementServer } from '../management/management-server.js';
import { Readiness } from '../management/readiness.js';
import { Metrics } from '../metrics/metrics.js';
import { measurePool, measureProcess } from '../metrics/process-metrics.js';
import { Tracing } from '../telemetry/tracing.js';
import type { ServiceDefinition } from './define-service.js';
import { migrationsOf } from './migrations-of.js';
import { assemble, type Assembly } from './assembly.js';
import { watchReadiness, watchSchema } from './readiness-checks.js';
import type { Service, ServiceDependencies } from './service.types.js';
import { StartAbortedError, whenMigrated, whenReachable } from './waiting.js';

/** One instance of a service through its life: opened from the management port inwards, closed the other way round. */
export class ServiceRuntime implements Service {
  private readonly metrics: Metrics;
  private readonly tracing: Tracing;
  private readonly readiness = new Readiness();
  private readonly inFlight = new InFlight();
  private readonly stopped = new AbortController();
  private readonly management: ManagementServer;
  private persistence: Persistence | undefined;
  private driver: MessagingDriver | undefined;
  private assembly: Assembly | undefined;
  private endMeasuring: () => void = () => undefined;
  private starting: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;
  private addresses: { rest?: string; management?: string } = {};

  constructor(
    private readonly definition: ServiceDefinition,
    private readonly config: BaseConfig,
    readonly instance: string,
    private readonly logger: Logger,
    private readonly dependencies: ServiceDependencies,
  ) {
    const { name, version } = definition;
    this.metrics = new Metrics({ service: name, instance });
    this.tracing = new Tracing({
      service: name,
      instance,
      version,
      endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
      exporter: dependencies.spanExporter,
      sampleRatio: config.OTEL_TRACES_SAMPLE_RATIO,
    });
    this.management = new ManagementServer({
      host: config.HOST,
      port: config.MANAGEMENT_PORT,
      readiness: this.readiness,
      metrics: this.metrics,
      about: { service: name, version, instance },
    });
  }

  get name(): string {
    return this.definition.name;
  }

  get url(): string {
    return known(this.addresses.rest, 'the service has not started');
  }

  get managementUrl(): string {
    return known(this.addresses.management, 'the management port is not open');
  }

  get<T>(token: InjectionToken<T>): T {
    return known(this.assembly, 'the service has not started').app.get<T>(token, { strict: false });
  }

  start(): Promise<void> {
    this.starting ??= this.open().catch(async (error: unknown) => {
      if (!(error instanceof StartAbortedError)) this.logger.fatal('the service cannot start', { error });
      await this.stop();
      throw error;
    });
    return this.starting;
  }

  stop(): Promise<void> {
    this.stopping ??= this.close();
    return this.stopping;
  }

  private async open(): Promise<void> {
    const { config, definition, logger } = this;
    this.readiness.set('started', () => ({ ok: false, detail: 'the service is starting' }));
    this.endMeasuring = measureProcess(this.metrics);
    this.metrics.observedGauge('risk_budget_rate_limit_off', '1 when the rate limit is switched off', () =>
      config.RATE_LIMIT_PER_MINUTE === 'off' ? 1 : 0,
    );
    this.metrics.observedGauge('risk_budget_ready', '1 when the service may be sent traffic', async () =>
      (await this.readiness.report()).status === 'ready' ? 1 : 0,
    );
    if (config.RATE_LIMIT_PER_MINUTE === 'off')
      logger.warn('the rate limit is switched off by RATE_LIMIT_PER_MINUTE=off');
    this.addresses = { management: await this.management.open() };
    logger.info('management port open', { url: this.addresses.management });

    const persistence = await this.connect();
    watchSchema(this.readiness, persistence, migrationsOf(definition));
    await whenMigrated(persistence, migrationsOf(definition), logger, this.stopped.signal);
    const assembly = await assemble({
      definition,
      config,
      instance: this.instance,
      persistence,
      logger,
      metrics: this.metrics,
      tracing: this.tracing,
      readiness: this.readiness,
      inFlight: this.inFlight,
      stopping: this.stopped.signal,
      dependencies: this.dependencies,
      onDriver: (driver) => (this.driver = driver),
    });
    this.assembly = assembly;
    this.assertNotStopped();
    await assembly.app.listen(config.PORT, config.HOST);
    this.addresses.rest = baseUrl(config.HOST, portOf(assembly.app));
    this.assertNotStopped();
    watchReadiness(this.readiness, {
      messaging: assembly.messaging,
      lagOf: assembly.lagOf,
      lagLimit: config.CONSUMER_LAG_LIMIT,
    });
    await assembly.startWork();
    this.readiness.set('started', () => ({
      ok: !this.stopped.signal.aborted,
      ...(this.stopped.signal.aborted ? { detail: 'the service is stopping' } : {}),
    }));
    logger.info('started', { url: this.addresses.rest, version: definition.version });
    await assembly.status.report('started');
    await assembly.status.report('ready');
    assembly.status.start();
  }

  private async connect(): Promise<Persistence> {
    const { config, logger } = this;
    let trouble = 'not connected yet';
    this.readiness.set('database', () => ({ ok: false, detail: trouble }));
    const options = {
      url: config.DATABASE_URL,
      schema: this.definition.name,
      poolSize: config.DATABASE_POOL_SIZE,
      applicationName: this.instance.slice(0, 63),
      entities: [...(this.definition.entities ?? [])],
      timescale: config.TIMESCALE,
      statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
      warn: (message: string): void => logger.warn(message),
    };
    const opened = await whenReachable(
      'the database',
      () => createPersistence(options),
      logger,
      this.stopped.signal,
      (error) => {
        trouble = error instanceof Error ? error.message : String(error);
      },
    );
    const persistence = WorkPersistence.around(opened);
    this.persistence = persistence;
    measurePool(this.metrics, persistence);
    this.readiness.set('database', async () =>
      (await persistence.ping()) ? { ok: true } : { ok: false, detail: 'the database does not answer' },
    );
    return persistence;
  }

  /** Stop receiving, finish what is in flight, flush the relay, close HTTP, then the database; the management port last. */
  private async close(): Promise<void> {
    this.stopped.abort();
    const { assembly, logger } = this;
    const step = async (what: string, work: () => Promise<unknown> | undefined): Promise<void> => {
      await withinTime(Promise.resolve().then(work), this.config.SHUTDOWN_TIMEOUT_MS).catch((error: unknown) =>
        logger.warn(`stopping: ${what} did not end in order`, { error }),
      );
    };
    if (assembly !== undefined) {
      await step('status', () => assembly.stopStatus());
      await step('timers, jobs and requests', () =>
        Promise.all([assembly.stopWork(), this.inFlight.drain(this.config.SHUTDOWN_TIMEOUT_MS / 2)]),
      );
      await step('messaging', () => assembly.messaging.stop());
      await step('http', () => assembly.app.close());
    }
    await step('messaging driver', () => this.driver?.close());
    await step('traces', () => this.tracing.shutdown());
    await step('database', () => this.persistence?.close());
    this.endMeasuring();
    await step('management port', () => this.management.close());
    logger.info('stopped');
  }

  private assertNotStopped(): void {
    if (this.stopped.signal.aborted) throw new StartAbortedError();
  }
}

function known<T>(value: T | undefined, problem: string): T {
  if (value === undefined) throw new Error(problem);
  return value;
}

function portOf(app: NestFastifyApplication): number {
  const address: unknown = app.getHttpServer().address();
  return typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0;
}

async function withinTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
