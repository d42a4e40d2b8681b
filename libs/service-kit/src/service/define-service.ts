import type { DynamicModule, Type } from '@nestjs/common';
import type { TopicDefinition } from '@risk-budget/contracts';
import type { RebuildContext as MessagingRebuildContext } from '@risk-budget/messaging';
import type { EntityDefinition, Migration } from '@risk-budget/persistence';
import type { z } from 'zod';
import type { ServiceConfig } from '../config/load-config.js';
import type { ErrorCatalogue } from '../errors/error-catalogue.js';

type ConfigShape = z.ZodObject;

/** What a service rebuilds from its own topics with, where its schema is empty and it has published before. */
export interface RebuildContext extends MessagingRebuildContext {
  /** The service's injector. */
  get<T>(token: Type<T> | symbol | string): T;
}

/** Everything that makes a service, as data; see {@link defineService}. */
export interface ServiceDefinition<Own extends ConfigShape = ConfigShape> {
  /** Name, schema, consumer group and source of events: `limits`. */
  readonly name: string;
  readonly version: string;
  /** One sentence, for the OpenAPI document. */
  readonly description: string;
  /** The service's module, or how it is made of the configuration. */
  readonly module:
    Type<unknown> | DynamicModule | { forConfig(config: ServiceConfig<Own>): Type<unknown> | DynamicModule };
  /** The service's own variables, beside the base ones. Give each a `.meta({ allowed, example })`. */
  readonly configSchema?: Own;
  /** Migrations of the service and of the libraries it adds; those of messaging and of the kit come by themselves. */
  readonly migrations: readonly Migration[];
  readonly entities?: readonly EntityDefinition[];
  readonly topics: { readonly consumes: readonly TopicDefinition[]; readonly publishes: readonly TopicDefinition[] };
  /** The service's error codes, for `/docs/errors`. */
  readonly errors?: ErrorCatalogue;
  /** Rebuilds what only this service knows from what it has published, in an empty schema, before it receives anything. */
  readonly rebuild?: (context: RebuildContext) => Promise<void>;
}

/** Declares a service. A definition is data: nothing is opened, read or registered by it. */
export function defineService<Own extends ConfigShape>(definition: ServiceDefinition<Own>): ServiceDefinition<Own> {
  return definition;
}
