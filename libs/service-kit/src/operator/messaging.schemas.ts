import { freeText, instant, uuid } from '@risk-budget/contracts';
import { z } from 'zod';
import { pageSchema } from '../http/paging.js';

export const keyIdParam = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,500}$/)
  .describe('`id` of a parked key');
export const rowId = z
  .string()
  .regex(/^\d{1,18}$/, 'is no id')
  .describe('`id` of a message');

export const parkedKeySchema = z.object({
  id: z.string(),
  topic: z.string(),
  key: z.string(),
  messages: z.int().min(1).describe('how many wait'),
  parkedAt: instant,
  errorCode: z.string().nullable(),
  error: z.string().nullable(),
});

export const parkedMessageSchema = z.object({
  id: rowId,
  topic: z.string(),
  key: z.string(),
  source: z.string(),
  messageId: uuid,
  type: z.string(),
  sequence: z.int(),
  reason: z.enum(['failed', 'behindFailed']),
  errorCode: z.string().nullable(),
  error: z.string().nullable(),
  attempts: z.int(),
  correlationId: z.string(),
  parkedAt: instant,
  payload: z.string().describe('the envelope as it came'),
});

export const replayResultSchema = z.object({
  topic: z.string(),
  key: z.string(),
  replayed: z.int().min(0),
  remaining: z.int().min(0),
  failed: z.object({ id: z.string(), errorCode: z.string().nullable(), error: z.string() }).nullable(),
});

export const deadLetterSchema = z.object({
  id: rowId,
  topic: z.string(),
  key: z.string(),
  reference: z.string(),
  reason: z.string(),
  receivedAt: instant,
  payload: z.string(),
});

const topicName = z.string().min(1).max(100);
export const deadLetterQuery = pageSchema().extend({ topic: topicName.optional() });
export const parkedMessageQuery = pageSchema();
export const discardBody = z.object({ reason: freeText.describe('why; it goes on record') });
export const republishBody = z.object({
  topic: topicName.describe('a state topic that this service owns'),
  key: z.string().min(1).max(256).optional().describe('only this key; otherwise every key'),
});
