import { requireFinite, requireInteger, requireLength } from '../foundation/guards.js';

/**
 * Shapley values of `players` over all 2^players coalitions, for many games at once:
 *
 *     φₖ = Σ_{S ∌ k} |S|! (p − |S| − 1)! / p! · (v(S ∪ k) − v(S)).
 *
 * They sum to v(all) − v(none), game by game.
 *
 * Source: Shapley, "A value for n-person games" (1953).
 *
 * @param values 2^players rows of `games` figures; bit k of the row's number says whether player k has moved
 * @returns players×games row-major
 * @throws RiskMathError `invalidInput` on another number of rows, another length or a number that is not finite
 */
export function shapleyValues(values: readonly Float64Array[], players: number, games: number): Float64Array {
  requireInteger(players, 1, 'players');
  requireLength(values, 2 ** players, 'values');
  requireInteger(games, 0, 'games');
  for (const row of values) {
    requireLength(row, games, 'values');
    requireFinite(row, 'values');
  }
  const result = new Float64Array(players * games);
  const weights = coalitionWeights(players);
  for (let coalition = 0; coalition < values.length; coalition++) {
    const before = values[coalition]!;
    const weight = weights[bitCount(coalition)]!;
    for (let player = 0; player < players; player++) {
      if ((coalition >> player) & 1) continue;
      const after = values[coalition | (1 << player)]!;
      for (let game = 0; game < games; game++) {
        result[player * games + game]! += weight * (after[game]! - before[game]!);
      }
    }
  }
  return result;
}

/** s! (p − s − 1)! / p! by the size s of the coalition. */
function coalitionWeights(players: number): number[] {
  const weights = [1 / players];
  for (let size = 1; size < players; size++) weights.push((weights[size - 1]! * size) / (players - size));
  return weights;
}

function bitCount(value: number): number {
  let count = 0;
  for (let rest = value; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
