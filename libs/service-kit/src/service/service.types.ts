import type { InjectionToken } from '@nestjs/common';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { DestinationStream } from 'pino';
import type { PortfolioDirectory } from '../identity/portfolio-scope.js';

/** What a caller may put in place of the defaults: tests and standalone. */
export interface ServiceDependencies {
  /** Where log lines go instead of standard output. */
  readonly logDestination?: DestinationStream;
  /** Receives spans instead of (or without) an OTLP collector. */
  readonly spanExporter?: SpanExporter;
  /** Group membership, when the service's module provides none. */
  readonly portfolioDirectory?: PortfolioDirectory;
  /** Checks each answer against the schema of its route's `@Returns` and answers 500 when it does not fit. For tests. */
  readonly checkResponses?: boolean;
}

/** A service that was made and can be started and stopped once. */
export interface Service {
  readonly name: string;
  /** Name of this instance, unique among those of the service. */
  readonly instance: string;
  /**
   * Opens the management port, waits for the database and for its schema to be current, then serves REST and receives events. Resolves
   * when the service is ready; rejects when it is stopped before or can never start.
   */
  start(): Promise<void>;
  /** Stops receiving, finishes what is in flight, flushes the relay, closes HTTP, then the database. Idempotent. */
  stop(): Promise<void>;
  /** Base URL of the REST port, known once started: `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Base URL of the management port, known as soon as `start` was called and the port is open. */
  readonly managementUrl: string;
  /** A provider of the running service. */
  get<T>(token: InjectionToken<T>): T;
}
