import { RiskMathError } from '../foundation/risk-math-error.js';

/** The root of a continuous function of one positive argument. */
export interface Root<T> {
  readonly argument: number;
  readonly outcome: T;
  readonly evaluations: number;
}

/** Powers of four to either side: beyond them the barrier, or the risk, is lost in rounding. */
const WIDEST = 16;
const MAXIMUM_STEPS = 200;

/**
 * Finds λ > 0 at which `measure` is 0, `measure` rising from below 0 for small λ: brackets it by powers of four from
 * `start`, going down first, then halves the bracket on ln λ, with secant steps while they shrink it faster (Illinois rule).
 *
 * @param evaluate the problem solved at λ
 * @param measure its distance from the target, relative to the target
 * @param accepted distance above which the root counts as not found
 * @returns `null` when no bracket exists: the target cannot be reached, or every λ reaches it
 */
export function findScale<T>(
  start: number,
  evaluate: (lambda: number) => T,
  measure: (outcome: T) => number,
  tolerance = 1e-14,
  accepted = 1e-10,
): Root<T> | null {
  let evaluations = 0;
  const at = (logarithm: number): Point<T> => {
    evaluations++;
    const outcome = evaluate(Math.exp(logarithm));
    return { logarithm, outcome, value: measure(outcome) };
  };
  const bracket = bracketOf(at, Math.log(start));
  if (bracket === null) return null;
  let [low, high] = bracket;
  let best = Math.abs(low.value) < Math.abs(high.value) ? low : high;
  // The end that stays for a second time counts half, so that the secant crosses over to it.
  let lowWeight = 1;
  let highWeight = 1;
  let last = 0;
  for (let step = 0; step < MAXIMUM_STEPS && Math.abs(best.value) > tolerance; step++) {
    const width = high.logarithm - low.logarithm;
    if (width < 1e-16 * Math.max(1, Math.abs(high.logarithm))) break;
    const a = lowWeight * low.value;
    const b = highWeight * high.value;
    const secant = low.logarithm - (a * width) / (b - a);
    const inside = secant > low.logarithm && secant < high.logarithm;
    const next = at(inside && step % 8 !== 7 ? secant : low.logarithm + width / 2);
    if (Math.abs(next.value) < Math.abs(best.value)) best = next;
    if (next.value < 0) {
      low = next;
      lowWeight = 1;
      highWeight = last < 0 ? highWeight / 2 : 1;
      last = -1;
    } else {
      high = next;
      highWeight = 1;
      lowWeight = last > 0 ? lowWeight / 2 : 1;
      last = 1;
    }
  }
  if (Math.abs(best.value) > accepted) {
    throw new RiskMathError('notConverged', 'the barrier weight that gives the scale was not found', {
      residual: best.value,
      iterations: evaluations,
    });
  }
  return { argument: Math.exp(best.logarithm), outcome: best.outcome, evaluations };
}

interface Point<T> {
  readonly logarithm: number;
  readonly outcome: T;
  readonly value: number;
}

function bracketOf<T>(at: (logarithm: number) => Point<T>, start: number): [Point<T>, Point<T>] | null {
  const stride = Math.log(4);
  let low = at(start);
  let high = low;
  for (let step = 1; low.value >= 0; step++) {
    if (step > WIDEST) return null;
    high = low;
    low = at(start - step * stride);
  }
  for (let step = 1; high.value < 0; step++) {
    if (step > WIDEST) return null;
    low = high;
    high = at(start + step * stride);
  }
  return [low, high];
}
