import type { DynamicModule, Type } from '@nestjs/common';
import type { TopicDefinition } from '@risk-budget/contracts';
import type { EntityDefinition, Migration } from '@risk-budget/persistence';
import type { z } from 'zod';
import type { ServiceConfig } from '../config/load-config.js';
import type { ErrorCatalogue } from '../errors/error-catalogue.js';

type ConfigShape = z.ZodObject;

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
}

/** Declares a service. A definition is data: nothing is opened, read or registered by it. */
export function defineService<Own extends ConfigShape>(definition: ServiceDefinition<Own>): ServiceDefinition<Own> {
  return definition;
}
