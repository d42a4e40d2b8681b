import type { Reflector } from '@nestjs/core';
import type { KitErrorCode } from '../errors/error-catalogue.js';
import { kitErrors } from '../errors/error-catalogue.js';
import { problemContentType } from '../errors/problem.js';
import { etagKey, ifMatchKey } from '../http/etag.js';
import { idempotentKey } from '../http/idempotent.decorator.js';
import type { RouteHandler } from '../identity/guarded-routes.js';
import { publicKey, rolesKey } from '../identity/identity.decorators.js';
import { problemsKey, type ProblemCodes } from './api.decorators.js';

/** The parts of an OpenAPI operation that are completed here. */
export interface Operation {
  operationId?: string;
  description?: string;
  parameters?: unknown[];
  requestBody?: unknown;
  responses: Record<string, unknown>;
  security?: Record<string, string[]>[];
}

const headerParameter = (name: string, description: string, pattern: string, required: boolean): unknown => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string', pattern },
});

/** Adds what follows from a route's decorators: who may use it, the headers it reads, and every problem it can answer with. */
export function completeOperation(
  operation: Operation,
  method: string,
  path: string,
  route: RouteHandler,
  reflector: Reflector,
): void {
  const read = <T>(key: string): T | undefined =>
    reflector.getAllAndOverride<T | undefined>(key, [route.handler, route.controller as never]);
  const isPublic = read<boolean>(publicKey) === true;
  const codes = new Map<number, Set<string>>();
  const add = (...names: KitErrorCode[]): void => {
    for (const name of names) addCode(codes, kitErrors[name].status, name);
  };
  const parameters = (operation.parameters ??= []);

  add('HEADERS_TOO_LARGE', 'RATE_LIMITED', 'INFRASTRUCTURE_UNAVAILABLE', 'STARTING', 'STOPPING');
  if (!isPublic) add('TOKEN_MISSING', 'TOKEN_EXPIRED', 'TOKEN_INVALID', 'ROLE_REQUIRED');
  if (parameters.length > 0 || operation.requestBody !== undefined)
    add('VALIDATION_FAILED', 'URL_MALFORMED', 'INPUT_REFUSED');
  if (hasCursor(parameters)) add('CURSOR_INVALID');
  if (path.includes('{')) add('NOT_FOUND', 'ROUTE_NOT_FOUND', 'URL_TOO_LONG');
  if (method !== 'get' && method !== 'head')
    add('BODY_MALFORMED', 'VALIDATION_FAILED', 'BODY_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED', 'ALREADY_EXISTS');
  if (read<boolean>(idempotentKey) === true) {
    parameters.push(
      headerParameter(
        'Idempotency-Key',
        'Names this attempt; repeat the request with the same key to get the first answer again.',
        '^[!-~]{1,255}$',
        true,
      ),
    );
    add(
      'VALIDATION_FAILED',
      'IDEMPOTENCY_KEY_REQUIRED',
      'IDEMPOTENCY_KEY_IN_PROGRESS',
      'IDEMPOTENCY_OUTCOME_UNKNOWN',
      'IDEMPOTENCY_KEY_REUSED',
    );
  }
  if (read<boolean>(ifMatchKey) === true) {
    parameters.push(
      headerParameter('If-Match', 'The `ETag` of the version that is changed, or `*`.', '^(\\*|"[!#-~]*")$', true),
    );
    add('VALIDATION_FAILED', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED');
  }
  if (read<unknown>(etagKey) !== undefined) documentEtag(operation, method, parameters);
  for (const [status, names] of Object.entries(read<ProblemCodes>(problemsKey) ?? {})) {
    for (const name of names) addCode(codes, Number(status), name);
  }
  if (parameters.length === 0) delete operation.parameters;
  operation.security = isPublic ? [] : [{ bearer: [] }];
  if (!isPublic)
    operation.description = [
      operation.description ?? '',
      `Roles: ${(read<readonly string[]>(rolesKey) ?? []).join(', ')}.`,
    ]
      .join('\n\n')
      .trim();
  for (const [status, names] of [...codes].sort(([a], [b]) => a - b))
    operation.responses[String(status)] = problemResponse([...names]);
}

function addCode(codes: Map<number, Set<string>>, status: number, code: string): void {
  codes.set(status, (codes.get(status) ?? new Set()).add(code));
}

function problemResponse(codes: readonly string[]): unknown {
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    content: {
      [problemContentType]: {
        schema: {
          allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties: { code: { enum: codes } } }],
        },
      },
    },
  };
}

function hasCursor(parameters: readonly unknown[]): boolean {
  return parameters.some((parameter) => (parameter as { name?: string }).name === 'cursor');
}

function documentEtag(operation: Operation, method: string, parameters: unknown[]): void {
  const header = { ETag: { description: 'The version of what is shown', schema: { type: 'string' } } };
  for (const [status, response] of Object.entries(operation.responses)) {
    if (status.startsWith('2')) Object.assign(response as object, { headers: header });
  }
  if (method !== 'get') return;
  parameters.push(
    headerParameter('If-None-Match', 'An `ETag` already seen; answered with 304 while it is current.', '^.*$', false),
  );
  operation.responses['304'] = { description: 'Not changed', headers: header };
}
