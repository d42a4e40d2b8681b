import { defineEvent, type TopicDefinition } from '@risk-budget/contracts';
import { z } from 'zod';

const topic = (name: string, kind: 'state' | 'flow'): TopicDefinition => ({
  name,
  namespace: 'events',
  kind,
  owner: 'platform',
  keyedBy: 'key',
  description: 'for tests',
  retentionDays: 1,
});

export const orders = topic('test.orders', 'flow');
export const states = topic('test.states', 'state');
export const answers = topic('test.answers', 'flow');

export const reports: TopicDefinition = { ...topic('test.reports', 'flow'), sentAgain: true };

export const orderPlaced = defineEvent({
  topic: orders,
  type: 'order.placed.v1',
  description: 'for tests',
  schema: z.object({ key: z.string(), n: z.int(), text: z.string().optional() }),
  key: (data) => data.key,
});

export const stateSet = defineEvent({
  topic: states,
  type: 'state.set.v1',
  description: 'for tests',
  schema: z.object({ key: z.string(), version: z.int(), rows: z.array(z.object({ n: z.int(), text: z.string() })) }),
  key: (data) => data.key,
  rows: ['rows'],
});

export const answered = defineEvent({
  topic: answers,
  type: 'order.answered.v1',
  description: 'for tests',
  schema: z.object({ key: z.string(), n: z.int() }),
  key: (data) => data.key,
});

export const definitions = [orderPlaced, stateSet, answered];
export const testTopics = [orders, states, answers, reports];
