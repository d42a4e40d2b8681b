import { defineEvent, type TopicDefinition } from '@risk-budget/contracts';
import fc from 'fast-check';
import { z } from 'zod';
import { byType, decode, UnreadableMessage } from './codec.js';

const topic: TopicDefinition = {
  name: 'test.things',
  namespace: 'events',
  kind: 'flow',
  owner: 'platform',
  keyedBy: 'key',
  description: 'for tests',
  retentionDays: 1,
};
const definition = defineEvent({
  topic,
  type: 'thing.v1',
  description: 'for tests',
  schema: z.object({ n: z.int() }),
  key: () => 'a',
});
const good = {
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
  data: { n: 1 },
};
const read = (change: object) => decode(JSON.stringify({ ...good, ...change }), byType([definition]));

describe('a message being read', () => {
  it('may hold fields that are not known', () => {
    expect(read({ more: true, data: { n: 1, more: true } }).data).toEqual({ n: 1 });
  });

  it('of a type that is not known is no failure', () => {
    expect(read({ type: 'thing.v2', data: { other: true } })).toMatchObject({ definition: undefined });
  });

  it.each([
    ['no sequence', { sequence: undefined }, 'sequence', false],
    ['a wrong source', { source: 'somewhere' }, 'source', false],
    ['data that do not fit', { data: { n: 'x' } }, 'n:', true],
    ['half a set', { part: 1 }, 'a part without its set', true],
    ['a part beyond its set', { setid: good.id, part: 3, parts: 2 }, 'a part without its set', true],
  ])('with %s is refused with the reason', (_name, change, reason, envelopeKnown) => {
    const error: unknown = (() => {
      try {
        return read(change);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(UnreadableMessage);
    expect((error as UnreadableMessage).reason).toContain(reason);
    expect((error as UnreadableMessage).envelope !== undefined).toBe(envelopeKnown);
  });

  it('never fails in another way, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(() => decode(text, byType([definition]))).toThrow(UnreadableMessage);
      }),
    );
  });
});
