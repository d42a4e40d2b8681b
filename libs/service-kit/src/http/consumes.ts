import { applyDecorators, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ValidationError } from '@risk-budget/contracts';
import type { Reflector } from '@nestjs/core';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { KitError } from '../errors/kit-error.js';
import type { RawMediaType } from './body-parsers.js';

/** Metadata key of {@link Consumes}. */
export const consumesKey = 'risk-budget:consumes';

/** The route takes files of these types; `@Body()` is then a `Readable` of the bytes, which fails with 413 beyond RAW_BODY_LIMIT_BYTES. */
export const Consumes = (...types: [RawMediaType, ...RawMediaType[]]): MethodDecorator =>
  applyDecorators(
    SetMetadata(consumesKey, types),
    ApiConsumes(...types),
    ApiBody({ required: true, schema: { type: 'string', format: 'binary' } }),
  );

/** Refuses bodies in a media type that the route does not read: JSON, unless it says otherwise. */
export class MediaTypeGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const sent = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
    const wanted = this.reflector.get<readonly string[] | undefined>(consumesKey, context.getHandler());
    if (sent === undefined || sent === '' || request.body === undefined) {
      if (wanted === undefined) return true;
      throw new ValidationError([{ field: 'body', problem: 'is missing', allowed: wanted.join(', ') }]);
    }
    const fits = wanted === undefined ? /^application\/([^;]+\+)?json$/.test(sent) : wanted.includes(sent);
    if (!fits)
      throw new KitError('MEDIA_TYPE_UNSUPPORTED', {
        detail: `This route reads ${(wanted ?? ['application/json']).join(', ')}.`,
      });
    return true;
  }
}
