import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { KitError } from '../errors/kit-error.js';
import type { KitErrorCode } from '../errors/error-catalogue.js';
import { problemContentType, problemOf } from '../errors/problem.js';

const codes: Readonly<Record<string, KitErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

/** Answers bytes that are no HTTP request; there is no request object, so the answer is written to the socket. */
export function clientErrorAnswer(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable) return void socket.destroy(error);
  const problem = problemOf(new KitError(codes[error.code ?? ''] ?? 'REQUEST_MALFORMED'), '', randomUUID());
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: ${problemContentType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
