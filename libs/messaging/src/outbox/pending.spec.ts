import { defineEvent, maxMessageBytes, type TopicDefinition } from '@risk-budget/contracts';
import fc from 'fast-check';
import { z } from 'zod';
import { byType, decode, toReceivedEvent } from '../events/codec.js';
import { withEventContext } from '../events/event-context.js';
import { PartCollector, type EventPart } from '../events/merge.js';
import { prepare } from './pending.js';

const topic: TopicDefinition = {
  name: 'test.things',
  namespace: 'events',
  kind: 'state',
  owner: 'platform',
  keyedBy: 'key',
  description: 'for tests',
  retentionDays: 1,
};
const thingSet = defineEvent({
  topic,
  type: 'thing.set.v1',
  description: 'for tests',
  schema: z.object({ key: z.string(), note: z.string(), rows: z.array(z.string()) }),
  key: (data) => data.key,
  rows: ['rows'],
});
const occurredAt = '2020-03-09T21:00:00.000Z';
const recordedAt = '2026-01-01T00:00:00.000Z';
const make = (data: { key: string; note: string; rows: string[] }) =>
  prepare('/risk-budget/test', thingSet, { occurredAt, data }, recordedAt);

describe('an event being written', () => {
  it('comes out of its parts as it went in, each part within the limit', () => {
    const row = fc.string({ unit: 'grapheme', maxLength: 400 }).map((text) => text.repeat(40));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 120 }), fc.string({ maxLength: 50 }), (rows, note) => {
        const data = { key: 'a', note, rows };
        const { envelopes } = make(data);
        const parts = new PartCollector();
        let whole: EventPart | undefined;
        envelopes.forEach((body, index) => {
          const payload = JSON.stringify({ ...body, sequence: 9_007_199_254_740 + index });
          expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(maxMessageBytes);
          whole = parts.take(['rows'], decode(payload, byType([thingSet]))) ?? whole;
        });
        expect(whole).toMatchObject({ data });
      }),
      { numRuns: 40 },
    );
  });

  it('is cut in each of its arrays, nested ones too, and loses nothing', () => {
    const forest = defineEvent({
      topic,
      type: 'forest.set.v1',
      description: 'for tests',
      schema: z.object({
        key: z.string(),
        trees: z.array(z.object({ name: z.string(), nodes: z.array(z.string()) })),
        marks: z.array(z.string()),
      }),
      key: (data) => data.key,
      rows: ['trees[].nodes', 'marks'],
    });
    const texts = (count: number, text: string) =>
      Array.from({ length: count }, (_, n) => `${n}${text.repeat(50_000)}`);
    const data = {
      key: 'a',
      trees: [
        { name: 'first', nodes: texts(12, 'x') },
        { name: 'empty', nodes: [] },
        { name: 'second', nodes: texts(1, 'y') },
      ],
      marks: texts(6, 'z'),
    };
    const { envelopes } = prepare('/risk-budget/test', forest, { occurredAt, data }, recordedAt);
    expect(envelopes.length).toBeGreaterThan(3);
    const parts = new PartCollector();
    const whole = envelopes
      .map((body, index) => JSON.stringify({ ...body, sequence: index + 1 }))
      .map((payload) => {
        expect(Buffer.byteLength(payload)).toBeLessThanOrEqual(maxMessageBytes);
        return parts.take(forest.rows, decode(payload, byType([forest])));
      });
    expect(whole.filter((one) => one !== undefined)).toMatchObject([{ data }]);
  });

  it('is one message without a set when it fits', () => {
    const { envelopes } = make({ key: 'a', note: '', rows: ['x'] });
    expect(envelopes).toHaveLength(1);
    expect(envelopes[0]).not.toHaveProperty('setid');
  });

  it('numbers the parts of its set, the first of which bears the id of the event', () => {
    const { id, envelopes } = make({ key: 'a', note: '', rows: Array.from({ length: 9 }, () => 'x'.repeat(100_000)) });
    expect(envelopes.map(({ part, parts }) => [part, parts])).toEqual([1, 2, 3, 4, 5].map((part) => [part, 5]));
    expect(new Set(envelopes.map(({ setid }) => setid)).size).toBe(1);
    expect(new Set(envelopes.map((envelope) => envelope.id)).size).toBe(5);
    expect(envelopes[0]?.id).toBe(id);
  });

  it('leaves out unknown fields, and names the field that is wrong', () => {
    const [whole] = make({ key: 'a', note: '', rows: [], more: 1 } as never).envelopes;
    expect(whole?.data).toEqual({ key: 'a', note: '', rows: [] });
    expect(() => make({ key: 'a', note: '', rows: [1] } as never)).toThrow(
      expect.objectContaining({
        code: 'MESSAGING.INVALID_EVENT',
        errors: [expect.objectContaining({ field: 'rows[0]' })],
      }),
    );
  });

  it('does not leave with a time or a key that its readers would refuse', () => {
    const data = { key: 'a', note: '', rows: [] };
    expect(() => prepare('/risk-budget/test', thingSet, { occurredAt: 'yesterday', data }, recordedAt)).toThrow(
      expect.objectContaining({
        code: 'MESSAGING.INVALID_EVENT',
        errors: [expect.objectContaining({ field: 'time' })],
      }),
    );
    expect(() => make({ ...data, key: 'k'.repeat(300) })).toThrow(
      expect.objectContaining({ code: 'MESSAGING.INVALID_EVENT' }),
    );
  });

  it('inherits correlation, causation and actor, unless it names its own', () => {
    const actor = { subject: 's', issuer: 'i' };
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    const [inherited, own] = withEventContext({ correlationId: 'c', causationId: 'e', actor, traceparent }, () => [
      make({ key: 'a', note: '', rows: [] }).envelopes[0],
      prepare(
        '/risk-budget/test',
        thingSet,
        { occurredAt, correlationId: 'mine', data: { key: 'a', note: '', rows: [] } },
        recordedAt,
      ).envelopes[0],
    ]);
    expect(inherited).toMatchObject({
      correlationid: 'c',
      causationid: 'e',
      actor,
      time: occurredAt,
      recordedat: recordedAt,
    });
    expect(inherited?.traceparent).toContain('1'.repeat(32));
    expect(own).toMatchObject({ correlationid: 'mine' });
    const event = toReceivedEvent(topic.name, { ...(own as NonNullable<typeof own>), sequence: 3 }, own?.data);
    expect(event).toMatchObject({ key: 'a', sequence: 3, correlationId: 'mine', causationId: 'e', actor });
  });
});
