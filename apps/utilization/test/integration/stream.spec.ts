import type { UtilizationSnapshot } from '@risk-budget/contracts';
import { modelOf, positionsOf } from './fixtures.js';
import { World } from './world.js';

const day = (number: number) => `2020-03-${String(number).padStart(2, '0')}T21:00:00.000Z`;

interface StreamedEvent {
  readonly event: string;
  readonly id: number;
  readonly data: UtilizationSnapshot;
}

describe('the live stream', () => {
  let world: World;
  const opened: AbortController[] = [];
  beforeAll(async () => {
    world = await World.start();
    await world.hold('LIVE', positionsOf('LIVE', day(2), 1));
    await world.model(modelOf('LIVE', day(2)));
    await world.bars(day(3), { ALPHA: 102 });
    await world.snapshotCount('LIVE', 2);
  });
  afterAll(async () => {
    for (const abort of opened) abort.abort();
    await world.stop();
  });

  /** Opens a stream; `next` waits for one event. */
  async function open(query = '', headers: Record<string, string> = {}, url = world.handle.service.url) {
    const abort = new AbortController();
    opened.push(abort);
    const response = await fetch(`${url}/v1/portfolios/LIVE/stream${query}`, {
      headers: { authorization: await world.token('viewer'), ...headers },
      signal: abort.signal,
    });
    if (!response.ok) return { response, next: () => Promise.resolve(undefined), close: () => abort.abort() };
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const next = async (): Promise<StreamedEvent | undefined> => {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const fields = new Map(
            text
              .slice(0, end)
              .split('\n')
              .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const),
          );
          text = text.slice(end + 2);
          if (fields.has('event')) {
            const data = JSON.parse(fields.get('data') ?? '{}') as UtilizationSnapshot;
            return { event: fields.get('event') ?? '', id: Number(fields.get('id')), data };
          }
          continue;
        }
        const chunk = await reader?.read();
        if (chunk === undefined || chunk.done) return undefined;
        text += chunk.value;
      }
    };
    return { response, next, close: () => abort.abort() };
  }

  it('begins with the latest snapshot and goes on with each one that is published', async () => {
    const stream = await open();
    expect(stream.response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(await stream.next()).toMatchObject({ event: 'snapshot', id: 2, data: { sequence: 2, asOf: day(3) } });
    await world.bars(day(4), { ALPHA: 103 });
    const live = await stream.next();
    expect(live).toMatchObject({ id: 3, data: { sequence: 3, asOf: day(4) } });
    expect(new Set(live?.data.nodes.map(({ kind }) => kind))).toEqual(new Set(['portfolio', 'strategy', 'sector']));
    expect(live?.data).not.toHaveProperty('marks');
    stream.close();
  });

  it('goes on after the last event that a client has', async () => {
    const stream = await open('?detail=headline', { 'last-event-id': '1' });
    expect((await stream.next())?.id).toBe(2);
    const third = await stream.next();
    expect(third?.id).toBe(3);
    expect(third?.data).not.toHaveProperty('nodes');
    stream.close();
  });

  it('is told by every instance, whichever takes the snapshot', async () => {
    const other = await world.handle.another();
    await other.start();
    const streams = [await open(), await open('', {}, other.url)];
    for (const stream of streams) await stream.next();
    await world.bars(day(5), { ALPHA: 104 });
    for (const stream of streams) expect((await stream.next())?.id).toBe(4);
    await other.stop();
    expect(await streams[1]?.next()).toBeUndefined(); // a stopping instance ends its streams
    streams[0]?.close();
  });

  it('refuses a last event that is no sequence', async () => {
    const { response } = await open('', { 'last-event-id': 'x' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'VALIDATION_FAILED' });
  });
});
