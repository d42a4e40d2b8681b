import { Loop } from './loop.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('loop', () => {
  it('runs one round at a time, goes on after an error, and ends with the round in hand', async () => {
    let rounds = 0;
    let inside = 0;
    let overlap = false;
    const errors: unknown[] = [];
    const loop = new Loop(
      async () => {
        overlap ||= ++inside > 1;
        rounds++;
        await pause(2);
        inside--;
        if (rounds === 1) throw new Error('first');
      },
      { everyMs: 1, onError: (error) => errors.push(error) },
    );
    loop.start();
    loop.start();
    await pause(60);
    await loop.stop();
    const ended = rounds;
    await pause(10);
    expect({ overlap, inside, errors: errors.length }).toEqual({ overlap: false, inside: 0, errors: 1 });
    expect(rounds).toBe(ended);
    expect(rounds).toBeGreaterThan(3);
  });

  it('can be woken', async () => {
    let rounds = 0;
    const loop = new Loop(() => Promise.resolve(void rounds++), { everyMs: 60_000, onError: () => undefined });
    loop.start();
    await pause(5);
    loop.wake();
    await pause(5);
    await loop.stop();
    expect(rounds).toBe(2);
  });
});
