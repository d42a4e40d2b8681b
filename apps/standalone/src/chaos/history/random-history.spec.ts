import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PriceTable, readScript, sampleDataDir, type Script } from '@risk-budget/replay';
import { randomHistory } from './random-history.js';
import { writeRandomHistory } from './write-history.js';

describe('a history drawn at random', () => {
  let dir: string;
  beforeAll(async () => (dir = await mkdtemp(join(tmpdir(), 'history-'))));
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const days = PriceTable.read(sampleDataDir, ['us-equities-1990-2022.csv.gz']).days('0000-00-00', '9999-99-99');
  const stock = { ...readScript(sampleDataDir), days };
  const seeds = Array.from({ length: 60 }, (_, seed) => seed);

  it('is the same for the same seed, and another for another', () => {
    expect(randomHistory({ seed: 5, days: 8 }, stock)).toEqual(randomHistory({ seed: 5, days: 8 }, stock));
    expect(randomHistory({ seed: 6, days: 8 }, stock)).not.toEqual(randomHistory({ seed: 5, days: 8 }, stock));
  });

  it('is a script that the replay takes, whatever the number of days', async () => {
    for (const days of [6, 8, 40]) {
      await writeRandomHistory(dir, { seed: days, days });
      const script = readScript(sampleDataDir, dir);
      expect(script.world.lastDay > script.world.firstDay).toBe(true);
      expect(script.world.historyEnd < script.world.firstDay).toBe(true);
    }
  });

  it('holds late, wrong, doubled and missing prices, trades in the wrong order, limits and approvals, within its days', () => {
    for (const seed of seeds) {
      const { world, faults, desk } = randomHistory({ seed, days: 8 }, stock);
      expect(new Set(faults.map(({ fault }) => fault))).toEqual(
        new Set(['duplicate', 'stale', 'correction', 'split', 'outOfOrder', 'refused']),
      );
      expect(desk.map((action) => action.do)).toEqual(
        expect.arrayContaining(['computeAllocation', 'approvePlan', 'approveLimit', 'sell', 'executeRebalancing']),
      );
      for (const { at } of desk) {
        expect(at.slice(0, 10) >= world.firstDay && at.slice(0, 10) <= world.lastDay).toBe(true);
      }
      expect(namesAtFault(faults)).toEqual([...new Set(namesAtFault(faults))]);
    }
  });

  it('is too short with fewer days than its faults need', () => {
    expect(() => randomHistory({ seed: 1, days: 5 }, stock)).toThrow(RangeError);
  });
});

/** Names whose prices are wrong, missing or split: each a name of its own. */
function namesAtFault(faults: Script['faults']): string[] {
  return faults.flatMap((fault) =>
    fault.fault === 'stale' || fault.fault === 'correction' || fault.fault === 'split' ? [fault.instrumentId] : [],
  );
}
