import { defineEvent, type EventDefinition, type TopicDefinition } from '@risk-budget/contracts';
import { z } from 'zod';
import { byType, UnreadableMessage } from './codec.js';
import { read } from './reading.js';

const topic: TopicDefinition = {
  name: 'test.things',
  namespace: 'events',
  kind: 'flow',
  owner: 'platform',
  keyedBy: 'key',
  description: 'for tests',
  retentionDays: 1,
};
const things = (schema: z.ZodType): EventDefinition =>
  defineEvent({ topic, type: 'thing.v1', description: 'for tests', schema, key: () => 'a' }) as EventDefinition;
const listed = things(z.object({ names: z.array(z.string()), part: z.object({ n: z.number() }) }));
const message = (data: object) => ({
  topic: 'events/test.things',
  key: 'a',
  orderingKey: 'a',
  reference: '1',
  publishedAt: '2020-03-09T21:00:00.000Z',
  payload: JSON.stringify({
    specversion: '1.0',
    id: '3f0b2c52-1f0e-4b5a-9a3a-0d3f0f2d9b11',
    source: '/upstream/tester',
    type: 'thing.v1',
    subject: 'a',
    time: '2020-03-09T21:00:00.000Z',
    datacontenttype: 'application/json',
    sequence: 1,
    recordedat: '2020-03-09T21:00:00.000Z',
    correlationid: 'c',
    data,
  }),
});
const good = { names: ['x', 'y'], part: { n: 1 } };

describe('a message that several services are given', () => {
  it('is read once, each with a table of definitions of its own', () => {
    const given = message(good);
    const first = read(given, byType([listed]));
    expect(first.data).toEqual(good);
    expect(read(given, byType([listed]))).toBe(first);
    expect(read(message(good), byType([listed]))).not.toBe(first);
  });

  it('cannot be changed by one of them under the hands of the others', () => {
    const { data, envelope } = read(message(good), byType([listed])) as {
      data: { names: string[]; part: { n: number } };
      envelope: { subject: string };
    };
    expect(() => data.names.push('z')).toThrow(TypeError);
    expect(() => (data.part.n = 2)).toThrow(TypeError);
    expect(() => (envelope.subject = 'b')).toThrow(TypeError);
  });

  it('is read by each definition of its type for itself, and not at all by one that it does not fit', () => {
    const given = message(good);
    expect(read(given, byType([listed])).data).toEqual(good);
    expect(read(given, byType([things(z.object({ names: z.array(z.string()) }))])).data).toEqual({ names: ['x', 'y'] });
    expect(read(given, new Map()).definition).toBeUndefined();
    for (let time = 0; time < 2; time++) {
      expect(() => read(given, byType([things(z.object({ n: z.number() }))]))).toThrow(UnreadableMessage);
    }
  });
});
