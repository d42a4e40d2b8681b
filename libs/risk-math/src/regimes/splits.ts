import { stationaryDistribution } from './chain.js';
import type { RegimeParameters, RegimeSpecification } from './types.js';

/** Factors of the variance, and distances of the mean in deviations, of a state's two halves: by size and by direction. */
const HALVES = {
  size: { factors: [0.5, 1.7], moves: [0, 0] },
  direction: { factors: [0.9, 1.1], moves: [0.35, -0.35] },
} as const;
/** How much of its stay a half keeps to itself. */
const KEEPS = [0.95, 0.6];
/** How much of what enters the state enters its first half. */
const ENTERS = [0.5, 0.9, 0.1];

/** Starts of three states: each state of a model of two cut in halves, calm and wild or rising and falling, whatever the other does. */
export function splitRegimes(two: RegimeParameters, { mean }: Required<RegimeSpecification>): RegimeParameters[] {
  const kinds = mean === 'zero' ? [HALVES.size] : [HALVES.size, HALVES.direction];
  return [0, 1].flatMap((split) =>
    kinds.flatMap((halves) =>
      KEEPS.flatMap((keeps) => ENTERS.map((enters) => splitAt(two, split, halves, keeps, enters))),
    ),
  );
}

/** States: the two halves, then the state that stays whole. */
function splitAt(
  { means, variances, transition }: RegimeParameters,
  split: number,
  { factors, moves }: (typeof HALVES)[keyof typeof HALVES],
  keeps: number,
  enters: number,
): RegimeParameters {
  const whole = 1 - split;
  const variance = variances[split]!;
  const stays = transition[split * 2 + split]!;
  const leaves = transition[split * 2 + whole]!;
  const arrives = transition[whole * 2 + split]!;
  const chain = Float64Array.of(
    ...[stays * keeps, stays * (1 - keeps), leaves],
    ...[stays * (1 - keeps), stays * keeps, leaves],
    ...[arrives * enters, arrives * (1 - enters), transition[whole * 2 + whole]!],
  );
  return {
    means: Float64Array.of(...moves.map((move) => means[split]! + move * Math.sqrt(variance)), means[whole]!),
    variances: Float64Array.of(...factors.map((factor) => variance * factor), variances[whole]!),
    transition: chain,
    initial: stationaryDistribution(chain, 3) ?? new Float64Array(3).fill(1 / 3),
  };
}
