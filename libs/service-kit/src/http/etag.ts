import { createParamDecorator, SetMetadata, type CustomDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { KitError } from '../errors/kit-error.js';

/** What an `If-Match` header asks for: certain versions, or any existing one. */
export class IfMatchCondition {
  constructor(
    readonly any: boolean,
    readonly tags: readonly string[],
  ) {}

  /** @throws KitError `PRECONDITION_FAILED` when the current version is none of those named */
  require(version: number | string): void {
    if (!this.any && !this.tags.includes(etagOf(version))) {
      throw new KitError('PRECONDITION_FAILED', {
        detail: `The current version is ${etagOf(version)}; read it again before changing it.`,
      });
    }
  }
}

/** The strong entity tag of a version. */
export function etagOf(version: number | string): string {
  return `"${version}"`;
}

/** Reads an `If-Match` header; weak tags never match, as RFC 9110 says. @throws KitError `VALIDATION_FAILED` for another syntax */
export function parseIfMatch(header: string): IfMatchCondition {
  const text = header.trim();
  if (text === '*') return new IfMatchCondition(true, []);
  if (!/^(W\/)?"[\x21\x23-\x7e\x80-\xff]*"(\s*,\s*(W\/)?"[\x21\x23-\x7e\x80-\xff]*")*$/.test(text)) {
    throw new KitError('VALIDATION_FAILED', {
      errors: [
        {
          field: 'headers.if-match',
          problem: 'is no list of entity tags',
          allowed: '"<version>" as in the ETag header, or *',
        },
      ],
    });
  }
  return new IfMatchCondition(false, text.match(/(?:W\/)?"[^"]*"/g) ?? []);
}

/** Metadata key of {@link RequiresIfMatch}. */
export const ifMatchKey = 'risk-budget:if-match';
/** Metadata key of {@link ETagged}. */
export const etagKey = 'risk-budget:etag';

/** The route changes what people edit: `If-Match` is required (428) and shown in the OpenAPI document. Take it by {@link IfMatch}. */
export const RequiresIfMatch = (): CustomDecorator => SetMetadata(ifMatchKey, true);

/** The request's {@link IfMatchCondition}. @throws KitError `PRECONDITION_REQUIRED` without the header */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): IfMatchCondition => {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
  if (header === undefined) throw new KitError('PRECONDITION_REQUIRED');
  return parseIfMatch(header);
});

/**
 * Answers with an `ETag` made of the body's `version` (or of what `versionOf` takes from it), and 304 when a GET names it in
 * `If-None-Match`.
 */
export const ETagged = (
  versionOf: (body: never) => number | string = (body: { version: number }) => body.version,
): CustomDecorator => SetMetadata(etagKey, versionOf);
