import { z } from 'zod';
import { instant, uuid } from './primitives.js';

/** Largest message on any driver, in bytes of UTF-8. Larger events travel as a numbered set of parts. */
export const maxMessageBytes = 256 * 1024;

/** Who caused an event, for information only: authority is the topic's produce permission. */
export const actor = z.object({ subject: z.string(), issuer: z.string(), name: z.string().optional() });
export type Actor = z.infer<typeof actor>;

/**
 * CloudEvents 1.0, structured JSON. Extension names are lower case without separators, as the specification asks.
 * `time` is business time (`occurredAt`), `recordedat` the wall clock of the publisher.
 */
export const envelope = z.object({
  specversion: z.literal('1.0'),
  id: uuid,
  source: z.string().regex(/^\/(risk-budget|upstream)\/[a-z0-9-]+$/),
  type: z.string().regex(/^[a-z0-9.-]+\.v\d+$/),
  subject: z.string().min(1).max(256).describe('the key: order is kept within it'),
  time: instant,
  datacontenttype: z.literal('application/json'),
  traceparent: z.string().optional(),
  sequence: z.int().min(1).describe('number of this event in its topic and key, without gaps, from 1'),
  recordedat: instant,
  correlationid: z.string().min(1).max(128),
  causationid: z.string().optional(),
  actor: actor.optional(),
  setid: uuid.optional().describe('the set that this part belongs to'),
  part: z.int().min(1).optional(),
  parts: z.int().min(1).optional(),
  data: z.unknown(),
});
export type Envelope = z.infer<typeof envelope>;

/** Content type of every message. */
export const envelopeContentType = 'application/cloudevents+json';
