import type { UtilizationSnapshot } from '@risk-budget/contracts';
import { SnapshotFeed } from './snapshot-feed.js';
import { snapshotStream, type StreamItem, type StreamParts } from './snapshot-stream.js';

const snapshot = (sequence: number) => ({ portfolioId: 'P', sequence }) as UtilizationSnapshot;

/** A store that the test fills, and a feed that it calls. */
function world(stored: number) {
  const feed = new SnapshotFeed();
  const state = { stored, reads: 0 };
  const parts: StreamParts = {
    feed,
    latestSequence: () => Promise.resolve(state.stored),
    placesAfter: (sequence, limit) =>
      Promise.resolve(
        Array.from({ length: Math.min(limit, Math.max(0, state.stored - sequence)) }, (_, index) => ({
          snapshotId: '',
          portfolioId: 'P',
          sequence: sequence + index + 1,
          asOf: '',
        })),
      ),
    read: (place) => {
      state.reads++;
      return Promise.resolve(snapshot(place.sequence));
    },
  };
  const abort = new AbortController();
  const open = (after?: number, idleMs = 10_000) => snapshotStream('P', after, parts, { signal: abort.signal, idleMs });
  return { feed, state, abort, open };
}

const sequenceOf = (item: StreamItem | undefined) => (item?.kind === 'snapshot' ? item.snapshot.sequence : item?.kind);

async function take(stream: AsyncGenerator<StreamItem>, count: number) {
  const taken: unknown[] = [];
  while (taken.length < count) taken.push(sequenceOf((await stream.next()).value as StreamItem | undefined));
  return taken;
}

describe('snapshot stream', () => {
  it('begins with the latest and goes on with each new one', async () => {
    const { feed, state, open } = world(5);
    const stream = open();
    expect(await take(stream, 1)).toEqual([5]);
    const next = take(stream, 2);
    state.stored = 7;
    feed.publish(snapshot(7));
    expect(await next).toEqual([6, 7]);
    await stream.return(undefined);
  });

  it('tells a client that comes back what it has missed', async () => {
    const { open } = world(30);
    expect(await take(open(26), 4)).toEqual([27, 28, 29, 30]);
  });

  it('says what it leaves out for a client that was away for long', async () => {
    const { open } = world(500);
    const stream = open(3);
    expect((await stream.next()).value).toEqual({ kind: 'gap', from: 4, to: 400 });
    expect(await take(stream, 2)).toEqual([401, 402]);
  });

  it('takes what the topic has just brought without reading it again', async () => {
    const { feed, state, open } = world(1);
    const stream = open();
    await take(stream, 1);
    const next = take(stream, 1);
    state.stored = 2;
    feed.publish(snapshot(2));
    expect(await next).toEqual([2]);
    expect(state.reads).toBe(1);
  });

  it('misses nothing that comes between looking and waiting', async () => {
    const { feed, state, open } = world(0);
    const stream = open(0, 20);
    expect(await take(stream, 1)).toEqual(['idle']);
    state.stored = 1;
    feed.publish(snapshot(1)); // nobody waits at this moment
    expect(await take(stream, 1)).toEqual([1]);
  });

  it('ends when it is aborted, and follows nothing any more', async () => {
    const { feed, abort, open } = world(1);
    const stream = open();
    await take(stream, 1);
    const ending = stream.next();
    abort.abort();
    expect((await ending).done).toBe(true);
    feed.publish(snapshot(2));
    expect(feed.find('P', 2)).toBeUndefined();
  });
});
