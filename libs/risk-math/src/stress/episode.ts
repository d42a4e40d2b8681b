import { requireFinite, requireInteger, requireLength, requireObservations } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { type Returns, requireReturns } from '../model/returns.js';

/** A loss within an episode and who made it. */
export interface EpisodeLoss {
  /** Loss positive, fraction of the net asset value at the start; negative for a gain. */
  readonly loss: number;
  /** By instrument; they sum to `loss`. */
  readonly contributions: Float64Array;
  /** The day of the episode before the loss, 0 for its start. */
  readonly fromDay: number;
  /** The last day of the loss, counted from 1. */
  readonly toDay: number;
}

/** Today's holdings taken through a dated window, nothing traded. */
export interface EpisodeReplay {
  /** To the last day. */
  readonly end: EpisodeLoss;
  /** To the day on which most was lost since the start. */
  readonly worstPoint: EpisodeLoss;
  /** Over the worst single day. */
  readonly worstDay: EpisodeLoss;
  /** Over the worst ten days in a row; over the whole episode when it is shorter. */
  readonly worstTenDays: EpisodeLoss;
  /** Loss since the start after each day, T. */
  readonly path: Float64Array;
}

/**
 * Replays an episode: positions are held, so that a position's value grows by Π(1 + r) and its loss after t days is
 * −wᵢ (Πₛ₌₁ᵗ(1 + rᵢₛ) − 1). Every loss is a fraction of the net asset value at the start; a loss between two days is the
 * difference of theirs. Of equal losses the earliest counts.
 *
 * @param returns T×n simple returns, one row a day of the episode, oldest first
 * @param weights n signed weights at the start
 * @throws RiskMathError `tooFewObservations` without a day; `outOfDomain` on a return below −1; `invalidInput` on a wrong
 *   length or a number that is not finite
 */
export function replayEpisode(returns: Returns, weights: Float64Array): EpisodeReplay {
  const { assets, observations } = returns;
  requireLength(weights, assets, 'weights');
  requireFinite(weights, 'weights');
  requireReturns(returns);
  requireInteger(assets, 0, 'assets');
  requireObservations(observations, 1, 'an episode');
  const losses = positionLosses(returns, weights);
  const path = new Float64Array(observations + 1);
  for (let t = 1; t <= observations; t++) {
    for (let i = 0; i < assets; i++) path[t]! += losses[t * assets + i]!;
  }
  const between = (fromDay: number, toDay: number): EpisodeLoss => {
    const contributions = new Float64Array(assets);
    for (let i = 0; i < assets; i++) {
      contributions[i] = losses[toDay * assets + i]! - losses[fromDay * assets + i]!;
    }
    return { loss: path[toDay]! - path[fromDay]!, contributions, fromDay, toDay };
  };
  const worstOver = (days: number): EpisodeLoss => {
    let best = days;
    for (let t = days; t <= observations; t++) {
      if (path[t]! - path[t - days]! > path[best]! - path[best - days]!) best = t;
    }
    return between(best - days, best);
  };
  let worst = 1;
  for (let t = 2; t <= observations; t++) if (path[t]! > path[worst]!) worst = t;
  return {
    end: between(0, observations),
    worstPoint: between(0, worst),
    worstDay: worstOver(1),
    worstTenDays: worstOver(Math.min(10, observations)),
    path: path.slice(1),
  };
}

/** Loss of each position since the start, (T+1)×n; row 0 is the start. */
function positionLosses({ assets, observations, values }: Returns, weights: Float64Array): Float64Array {
  const growth = new Float64Array(assets).fill(1);
  const losses = new Float64Array((observations + 1) * assets);
  for (let t = 1; t <= observations; t++) {
    for (let i = 0; i < assets; i++) {
      const value = 1 + values[(t - 1) * assets + i]!;
      if (value < 0) throw new RiskMathError('outOfDomain', 'a simple return is below −1', { field: 'returns' });
      growth[i]! *= value;
      losses[t * assets + i] = -weights[i]! * (growth[i]! - 1);
    }
  }
  return losses;
}
