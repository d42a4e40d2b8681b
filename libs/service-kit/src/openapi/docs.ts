import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { ErrorCatalogue } from '../errors/error-catalogue.js';

/** Serves the Swagger UI at `/docs` (its files come with the package, nothing is fetched), the document and the error catalogue. */
export function serveDocs(app: NestFastifyApplication, document: OpenAPIObject, errors: ErrorCatalogue): void {
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'docs/openapi.json',
    raw: ['json'],
    customSiteTitle: document.info.title,
    swaggerOptions: { persistAuthorization: true, validatorUrl: null },
  });
  const list = Object.entries(errors).map(([code, { status, description }]) => ({ code, status, description }));
  app
    .getHttpAdapter()
    .getInstance()
    .get('/docs/errors', (_request, reply) => reply.send({ errors: list }));
}
