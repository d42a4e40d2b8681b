import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { ValidationError } from '@risk-budget/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { KitError } from '../errors/kit-error.js';
import { isStorable } from '../storable.js';

/** Media types that a route may take as they come, by `@Consumes`; the handler gets a stream. */
export const rawMediaTypes = [
  'text/csv',
  'application/x-ndjson',
  'application/octet-stream',
  'application/vnd.apache.parquet',
] as const;
export type RawMediaType = (typeof rawMediaTypes)[number];

/** Escapes that PostgreSQL's text and jsonb cannot hold: null characters and halves of surrogate pairs. */
const suspiciousEscape = /\\u(?:0000|d[89a-f])/i;

/** Registers the only parsers a service has: JSON, and streams for bulk files. Everything else is answered with 415. */
export function registerBodyParsers(server: FastifyInstance, rawLimitBytes: number): void {
  server.removeAllContentTypeParsers();
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser(
    /^application\/(?:[^;]+\+)?json(?:;|$)/,
    { parseAs: 'buffer' },
    (request, bytes: Buffer, done) => {
      if (bytes.length === 0) return done(null, undefined);
      if (!isUtf8(bytes)) return done(new KitError('BODY_MALFORMED', { detail: 'The body is no valid UTF-8.' }));
      const text = bytes.toString('utf8');
      void parse(request, text, (error, value: unknown) => {
        if (error !== null)
          return done(new KitError('BODY_MALFORMED', { detail: 'The body is no valid JSON.', cause: error }));
        const refused = suspiciousEscape.test(text) ? unstorable(value, '') : undefined;
        if (refused === undefined) return done(null, value);
        done(
          new ValidationError([
            { field: refused || 'body', problem: 'holds a null character or half a surrogate pair' },
          ]),
        );
      });
    },
  );
  server.addContentTypeParser(
    [...rawMediaTypes],
    (_request: FastifyRequest, payload: IncomingMessage, done: (error: Error | null, body?: unknown) => void) => {
      done(null, limited(payload, rawLimitBytes));
    },
  );
}

/** Path of the first text that the database cannot hold. */
function unstorable(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : path;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const found = isStorable(key) ? unstorable(member, at) : path || 'body';
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A stream that fails with `BODY_TOO_LARGE` once it has grown beyond its limit. */
function limited(source: Readable, limitBytes: number): Readable {
  let seen = 0;
  const limiter = new Transform({
    transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      seen += chunk.length;
      if (seen > limitBytes) done(new KitError('BODY_TOO_LARGE'));
      else done(null, chunk);
    },
  });
  source.on('error', (error) => limiter.destroy(error));
  return source.pipe(limiter);
}
