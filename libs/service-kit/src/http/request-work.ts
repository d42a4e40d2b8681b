import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { WorkContext } from '../context/request-context.js';

const works = new WeakMap<object, WorkContext>();

/** Binds the work's context to the request: the asynchronous one is lost while a body is read. */
export function bindWork(request: FastifyRequest, work: WorkContext): void {
  works.set(request.raw, work);
}

/** The context of a request; errors raised before any hook get one of their own. */
export function workOf(request: FastifyRequest): WorkContext {
  const known = works.get(request.raw);
  if (known !== undefined) return known;
  const made: WorkContext = { correlationId: correlationIdFrom(request.headers['x-correlation-id']) };
  works.set(request.raw, made);
  return made;
}

/** The caller's correlation id when it is a plain short text, a new one otherwise. */
export function correlationIdFrom(header: string | string[] | undefined): string {
  const text = Array.isArray(header) ? header[0] : header;
  return text !== undefined && /^[A-Za-z0-9._:/-]{1,128}$/.test(text) ? text : randomUUID();
}
