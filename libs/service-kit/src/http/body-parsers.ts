import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Transform, type Readable, type TransformCallback } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { KitError } from '../errors/kit-error.js';
import { noteSuspicious } from './unstorable.js';

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
        if (suspiciousEscape.test(text)) noteSuspicious(value);
        done(null, value);
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
