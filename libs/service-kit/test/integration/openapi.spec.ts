import { Ajv2020 } from 'ajv/dist/2020.js';
import { Controller, Get, Module } from '@nestjs/common';
import { kitErrors, type ServiceDefinition } from '@risk-budget/service-kit';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { sampleService } from '../sample/sample.service.js';

interface Operation {
  operationId: string;
  security: unknown[];
  parameters?: { name: string; in: string; required?: boolean; schema?: object }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<
    string,
    {
      description?: string;
      content?: Record<string, { schema: { allOf?: { properties?: { code: { enum: string[] } } }[] } }>;
    }
  >;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, unknown> };
}

describe('OpenAPI document', () => {
  let handle: TestServiceHandle;
  let document: Document;

  beforeAll(async () => {
    handle = await startTestService(sampleService);
    document = (await (await fetch(`${handle.service.url}/docs/openapi.json`)).json()) as Document;
  });

  afterAll(() => handle?.stop());

  const operations = (): { path: string; method: string; operation: Operation }[] =>
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
    );
  const codes = (operation: Operation | undefined, status: string): string[] =>
    operation?.responses[status]?.content?.['application/problem+json']?.schema.allOf?.flatMap(
      (part) => part.properties?.code.enum ?? [],
    ) ?? [];

  it('is whole: ids are unique, references lead somewhere, path parameters are declared, schemas compile', () => {
    expect(document.openapi).toBe('3.1.0');
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '');
    for (const reference of new Set(references)) {
      const found = reference
        .replace('#/', '')
        .split('/')
        .reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], document);
      expect([reference, typeof found]).toEqual([reference, 'object']);
    }
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'document', ...document.components });
    for (const { path, operation } of operations()) {
      const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]);
      expect(
        (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name),
      ).toEqual(inPath);
      const bodies = [operation.requestBody, ...Object.values(operation.responses)].flatMap((part) =>
        Object.values(part?.content ?? {}),
      );
      for (const { schema } of bodies)
        expect(() =>
          ajv.compile(
            JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', 'document#/schemas/')) as object,
          ),
        ).not.toThrow();
      for (const response of Object.values(operation.responses)) expect(response.description).toBeDefined();
    }
  });

  it('says of every route who may use it and every problem it answers with', () => {
    for (const { path, operation } of operations()) {
      const isPublic = path.startsWith('/v1/public');
      expect(operation.security).toEqual(isPublic ? [] : [{ bearer: [] }]);
      expect(codes(operation, '401')).toEqual(isPublic ? [] : ['TOKEN_MISSING', 'TOKEN_EXPIRED', 'TOKEN_INVALID']);
      expect(codes(operation, '403')).toEqual(isPublic ? [] : ['ROLE_REQUIRED']);
      expect(codes(operation, '429')).toEqual(['RATE_LIMITED']);
      expect(codes(operation, '503')).toContain('INFRASTRUCTURE_UNAVAILABLE');
    }
    const create = document.paths['/v1/notes']?.['post'];
    expect(create?.parameters).toContainEqual(
      expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: true }),
    );
    expect(codes(create, '409')).toContain('IDEMPOTENCY_KEY_IN_PROGRESS');
    expect(codes(create, '422')).toContain('IDEMPOTENCY_KEY_REUSED');
    expect(codes(create, '415')).toEqual(['MEDIA_TYPE_UNSUPPORTED']);
    const change = document.paths['/v1/notes/{id}']?.['put'];
    expect([codes(change, '412'), codes(change, '428')]).toEqual([['PRECONDITION_FAILED'], ['PRECONDITION_REQUIRED']]);
    expect(codes(document.paths['/v1/notes/{id}']?.['get'], '404')).toEqual([
      'NOT_FOUND',
      'ROUTE_NOT_FOUND',
      'SAMPLE.UNKNOWN_NOTE',
    ]);
    expect(Object.keys(document.paths['/v1/notes/{id}']?.['get']?.responses ?? {})).toContain('304');
  });

  it('has bodies and parameters from the zod schemas of the routes', () => {
    const create = document.paths['/v1/notes']?.['post'];
    expect(create?.requestBody?.content['application/json']?.schema).toMatchObject({
      type: 'object',
      additionalProperties: false,
      required: ['id', 'portfolioId', 'text'],
    });
    const limit = document.paths['/v1/notes']?.['get']?.parameters?.find((parameter) => parameter.name === 'limit');
    expect(limit).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 10, default: 10 },
    });
    expect(Object.keys(document.paths['/v1/notes/files']?.['post']?.requestBody?.content ?? {})).toEqual(['text/csv']);
  });

  it('comes with a page that needs nothing from elsewhere, and with the error catalogue', async () => {
    const page = await (await fetch(`${handle.service.url}/docs`)).text();
    const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      expect(file.startsWith('/docs/')).toBe(true);
      expect((await fetch(`${handle.service.url}${file}`)).status).toBe(200);
    }
    expect((await fetch(`${handle.service.url}/docs/assets/package.json`)).status).toBe(404);
    const { errors } = (await (await fetch(`${handle.service.url}/docs/errors`)).json()) as {
      errors: { code: string }[];
    };
    expect(errors.map(({ code }) => code)).toEqual([...Object.keys(kitErrors), 'SAMPLE.UNKNOWN_NOTE']);
  });

  it('is of no service with a route that nobody guards', async () => {
    @Controller('v1/open')
    class OpenController {
      @Get()
      open(): string {
        return 'everybody';
      }
    }
    @Module({ controllers: [OpenController] })
    class OpenModule {}
    const definition: ServiceDefinition = { ...(sampleService as unknown as ServiceDefinition), module: OpenModule };
    await expect(startTestService(definition, { config: { LOG_LEVEL: 'silent' } })).rejects.toThrow(
      'routes without @Roles(...) or @Public(): OpenController.open',
    );
  });
});
