import { compareRow, relativeDifference } from './compare.js';
import type { PeerCase, PeerRow } from './contract.js';
import { missesOf, page } from './page.js';

function rowOf(peerCase: Partial<PeerCase>): PeerRow {
  return {
    id: 'sums',
    job: 'Sums',
    goal: 'as fast as another',
    cases: [() => ({ name: 'two', inputs: {}, run: () => undefined, result: () => [1, 2], peers: [], ...peerCase })],
  };
}

function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

const same = { of: 'sums', tolerance: 1e-9 };

describe('a comparison with a peer', () => {
  it('refuses to time a peer whose numbers are others, and says by how much they differ', async () => {
    const peer = { name: 'wrong', local: () => () => [1, 2.2], agreement: same, atMost: 1e9 };
    const [figures] = await compareRow(rowOf({ peers: [peer] }));
    expect(figures!.peers).toEqual([]);
    expect(figures!.misses).toEqual([expect.stringContaining('sums differ from wrong by 9.09e-2')]);
  });

  it('misses its goal where ours takes longer than it allows, and reaches it where not', async () => {
    const slow = {
      name: 'slow',
      local: () => () => {
        busy(4);
        return [1, 2];
      },
      agreement: same,
    };
    const row = rowOf({ run: () => busy(1), peers: [{ ...slow, atMost: 0.9 }] });
    const [reached] = await compareRow(row);
    expect(reached!.misses).toEqual([]);
    const [missed] = await compareRow(rowOf({ run: () => busy(1), peers: [{ ...slow, atMost: 0.01 }] }));
    expect(missed!.misses).toEqual([expect.stringContaining('the goal is at most 0.01')]);
    expect(page([{ row, cases: [missed!] }], { kernel: 'k', seed: 1 })).toContain('| no: two:');
  });

  it('misses an absolute bound', async () => {
    const [figures] = await compareRow(rowOf({ run: () => busy(2), underMilliseconds: 1 }));
    expect(figures!.misses).toEqual([expect.stringContaining('the goal is under 1 ms')]);
  });

  it('counts a row that could not be run as missed', () => {
    expect(missesOf({ cases: [], failure: 'no module named x' })).toEqual(['no module named x']);
  });
});

describe('relative difference', () => {
  it('is infinite for other lengths and for numbers that are not finite', () => {
    expect(relativeDifference([1], [1, 2])).toBe(Infinity);
    expect(relativeDifference([NaN], [1])).toBe(Infinity);
    expect(relativeDifference([100, 1], [100, 0])).toBe(0.01);
  });
});
