import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import type { ErrorCatalogue } from '../errors/error-catalogue.js';
import { KitError } from '../errors/kit-error.js';

/** Files of the Swagger UI that its page loads, with their types. */
const assets: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

const startScript = `window.onload = () => {
  window.ui = SwaggerUIBundle({ url: '/docs/openapi.json', dom_id: '#swagger-ui', deepLinking: true, persistAuthorization: true, validatorUrl: null });
};
`;

/** Serves the Swagger UI at `/docs` (its files come with the package: nothing is fetched, no script is inline), the document and the error catalogue. */
export function serveDocs(server: FastifyInstance, document: OpenAPIObject, errors: ErrorCatalogue): void {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const text = JSON.stringify(document);
  const list = JSON.stringify({
    errors: Object.entries(errors).map(([code, { status, description }]) => ({ code, status, description })),
  });
  const page = pageFor(document.info.title);
  server.get('/docs', (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
  server.get('/docs/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(text));
  server.get('/docs/errors', (_request, reply) => reply.type('application/json; charset=utf-8').send(list));
  server.get('/docs/start.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(startScript));
  server.get<{ Params: { file: string } }>('/docs/assets/:file', async (request, reply) => {
    const type = assets[request.params.file];
    if (type === undefined) throw new KitError('NOT_FOUND');
    return reply
      .type(type)
      .header('cache-control', 'public, max-age=86400')
      .send(await readFile(join(folder, request.params.file)));
  });
}

function pageFor(title: string): string {
  const name = title.replace(/[<&]/g, '');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${name}</title>
<link rel="icon" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
}
