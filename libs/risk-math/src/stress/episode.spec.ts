import fc from 'fast-check';
import { seededReturns, seeds, weightsOf } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, shareReturns, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { createReturns } from '../model/returns.js';
import { replayEpisode } from './episode.js';

interface Golden {
  episodeFrom: number;
  episode: {
    end: number;
    endByName: number[];
    worstPoint: number;
    worstPointDay: number;
    worstDay: number;
    worstDayTo: number;
    worstTenDays: number;
    worstTenDaysTo: number;
  };
}

const { episode: expected, episodeFrom } = golden<Golden>('stress/fixtures/stress.json');
const weights = Float64Array.from(golden<{ weights: number[] }>('measures/fixtures/measures.json').weights);

describe('the replay of an episode', () => {
  it('is what the units bought at its start are worth at every close', () => {
    const shares = shareReturns();
    const values = shares.values.subarray(episodeFrom * 20);
    const replay = replayEpisode(createReturns(values, values.length / 20, 20), weights);
    expect(seen('Replay of an episode', replay.end.loss / expected.end - 1)).toBeLessThan(1e-12);
    expect(seen('Replay of an episode', relativeDifference(replay.end.contributions, expected.endByName))).toBeLessThan(
      1e-12,
    );
    expect(seen('Replay of an episode', replay.worstPoint.loss / expected.worstPoint - 1)).toBeLessThan(1e-12);
    expect(replay.worstPoint.toDay).toBe(expected.worstPointDay);
    expect(seen('Replay of an episode', replay.worstDay.loss / expected.worstDay - 1)).toBeLessThan(1e-12);
    expect(replay.worstDay.toDay).toBe(expected.worstDayTo);
    expect(seen('Replay of an episode', replay.worstTenDays.loss / expected.worstTenDays - 1)).toBeLessThan(1e-12);
    expect(replay.worstTenDays).toMatchObject({
      toDay: expected.worstTenDaysTo,
      fromDay: expected.worstTenDaysTo - 10,
    });
  });

  it('has every loss summed from its positions and none worse than the worst', () => {
    fc.assert(
      fc.property(seeds, weightsOf(5), fc.integer({ min: 1, max: 30 }), (seed, w, days) => {
        const replay = replayEpisode(seededReturns(seed, days, 5), w);
        for (const { loss, contributions } of [replay.end, replay.worstPoint, replay.worstDay, replay.worstTenDays]) {
          expect(Math.abs(sum(contributions) - loss)).toBeLessThan(1e-14);
        }
        expect(replay.path).toHaveLength(days);
        expect(replay.worstPoint.loss).toBe(Math.max(...replay.path));
        expect(replay.end.loss).toBe(replay.path[days - 1]);
        const doubled = replayEpisode(
          seededReturns(seed, days, 5),
          w.map((weight) => 2 * weight),
        );
        expect(doubled.worstDay.loss).toBeCloseTo(2 * replay.worstDay.loss, 14);
      }),
      { numRuns: 50 },
    );
  });

  it('of a rising market is a gain even at its worst, and of a short one a loss', () => {
    const rising = createReturns(new Float64Array([0.01, 0.02, 0.03]), 3, 1);
    const long = replayEpisode(rising, new Float64Array([1]));
    expect(long.worstPoint).toMatchObject({ loss: expect.closeTo(-0.01, 15) as number, toDay: 1 });
    expect(long.worstTenDays).toMatchObject({ fromDay: 0, toDay: 3 });
    expect(replayEpisode(rising, new Float64Array([-1])).end.loss).toBeCloseTo(1.01 * 1.02 * 1.03 - 1, 15);
  });

  it('goes to a total loss and no further, and without positions is nothing', () => {
    const ruin = createReturns(new Float64Array([-1, 0.5]), 2, 1);
    expect(replayEpisode(ruin, new Float64Array([0.4])).end.loss).toBe(0.4);
    expect(replayEpisode(createReturns(new Float64Array(0), 3, 0), new Float64Array(0)).end.loss).toBe(0);
  });

  it('refuses an episode without days, a return below −1, and what is no number', () => {
    const one = new Float64Array([1]);
    expect(failureOf(() => replayEpisode(createReturns(new Float64Array(0), 0, 1), one)).reason).toBe(
      'tooFewObservations',
    );
    expect(failureOf(() => replayEpisode(createReturns(new Float64Array([-1.1]), 1, 1), one)).reason).toBe(
      'outOfDomain',
    );
    const broken = { values: new Float64Array([NaN]), observations: 1, assets: 1 };
    expect(failureOf(() => replayEpisode(broken, one)).reason).toBe('invalidInput');
    expect(failureOf(() => replayEpisode(createReturns(one, 1, 1), new Float64Array(2))).reason).toBe('invalidInput');
  });
});
