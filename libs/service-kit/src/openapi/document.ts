import type { INestApplication } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { problemSchema } from '../errors/problem.js';
import type { RouteHandler } from '../identity/guarded-routes.js';
import { completeOperation, type Operation } from './operation.js';

export interface DocumentOptions {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly handlers: readonly RouteHandler[];
  readonly reflector: Reflector;
}

/**
 * The OpenAPI 3.1 document of a service: bodies, parameters and answers from the zod schemas of the routes; security, headers and problems
 * from their decorators.
 */
export function openApiDocument(app: INestApplication, options: DocumentOptions): OpenAPIObject {
  const base = new DocumentBuilder()
    .setTitle(`Risk Budget: ${options.name}`)
    .setDescription(options.description)
    .setVersion(options.version)
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'bearer')
    .build();
  const document = SwaggerModule.createDocument(app, base, {
    operationIdFactory: operationId,
    standardSchemaConverter: (schema, { schemaType }) =>
      schema instanceof z.ZodType ? { schema: jsonSchema(schema, schemaType) } : undefined,
  });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: jsonSchema(problemSchema, 'output') as never },
  };
  const byId = new Map(
    options.handlers.map((handler) => [operationId(handler.controller.name, handler.method), handler]),
  );
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item as Record<string, Operation | undefined>)) {
      const handler = operation?.operationId === undefined ? undefined : byId.get(operation.operationId);
      if (operation !== undefined && handler !== undefined)
        completeOperation(operation, method, path, handler, options.reflector);
    }
  }
  return document;
}

function operationId(controller: string, method: string): string {
  return `${controller.replace(/Controller$/, '')}_${method}`;
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    unrepresentable: 'any',
    reused: 'inline',
  }) as Record<string, unknown>;
  return rest;
}
