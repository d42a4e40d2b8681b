import { z } from 'zod';
import { defineEvent } from '../event-definition.js';
import { instant } from '../primitives.js';
import { topics } from '../topics.js';

const counts = z.record(z.string(), z.int().min(0));

export const clockReachedData = z.object({
  service: z.string(),
  instance: z.string(),
  clockSequence: z.int().min(0),
  clockTime: instant,
  published: counts.describe('events written for each topic so far, sent or about to be sent'),
  settled: z
    .record(z.string(), counts)
    .describe('by topic and source: events applied, skipped, parked or dead-lettered so far'),
});
export type ClockReached = z.infer<typeof clockReachedData>;

export const clockReached = defineEvent({
  topic: topics.clockReached,
  type: 'platform.clock-reached.v1',
  description: 'How far a service is: sent when the clock has advanced and whenever the numbers grow after that',
  schema: clockReachedData,
  key: (data) => data.service,
});

export const serviceStatus = defineEvent({
  topic: topics.status,
  type: 'platform.service-status.v1',
  description: 'A service started, became ready, parked a key, or is stopping',
  schema: z.object({
    service: z.string(),
    instance: z.string(),
    version: z.string(),
    status: z.enum(['started', 'ready', 'unready', 'parkedKey', 'unparkedKey', 'stopping']),
    detail: z.string().optional(),
  }),
  key: (data) => data.service,
});

export const auditAnchored = defineEvent({
  topic: topics.auditAnchors,
  type: 'platform.audit-anchored.v1',
  description: 'Heads of the audit chains of a service at the end of a day, so that a truncated chain shows',
  schema: z.object({
    service: z.string(),
    day: z.string(),
    heads: z.array(z.object({ chain: z.string(), length: z.int().min(0), hash: z.string() })),
  }),
  key: (data) => data.service,
  rows: ['heads'],
});
