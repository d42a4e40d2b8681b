import type { QuantileRule } from '../foundation/conventions.js';

/** Counts that should be whole numbers, such as 0.05 · 500, are taken as whole within this. */
const SNAP = 1e-9;

/** Where a quantile lies among sorted values: `x[lower] + fraction · (x[lower + 1] − x[lower])`, counted from 0. */
export interface QuantilePosition {
  readonly lower: number;
  readonly fraction: number;
}

/** Position of the `probability` quantile of `count` sorted values. Source: Hyndman and Fan, The American Statistician 50 (1996). */
export function quantilePosition(count: number, probability: number, rule: QuantileRule): QuantilePosition {
  const rank = snap(rankOf(count, probability, rule));
  if (rank <= 1) return { lower: 0, fraction: 0 };
  if (rank >= count) return { lower: count - 1, fraction: 0 };
  const whole = Math.floor(rank);
  return { lower: whole - 1, fraction: rank - whole };
}

function rankOf(count: number, probability: number, rule: QuantileRule): number {
  switch (rule) {
    case 'type1':
      return Math.ceil(snap(count * probability));
    case 'type6':
      return (count + 1) * probability;
    case 'type7':
      return (count - 1) * probability + 1;
    case 'type8':
      return (count + 1 / 3) * probability + 1 / 3;
  }
}

/** The tail mass (1 − c)·T in scenarios. */
export function tailMass(count: number, confidence: number): number {
  return snap((1 - confidence) * count);
}

function snap(value: number): number {
  const whole = Math.round(value);
  return Math.abs(value - whole) < SNAP ? whole : value;
}

/**
 * Moves the `count` largest values to the front of `values`, in descending order; the rest is left in any order.
 * Quickselect, then a sort of the part wanted.
 */
export function largestFirst(values: Float64Array, count: number): void {
  const wanted = Math.min(count, values.length);
  if (wanted < values.length && wanted > 0) select(values, wanted - 1);
  const head = values.subarray(0, wanted);
  head.sort();
  head.reverse();
}

/** After it, every value before `target` is at least `values[target]`, and every one after it at most. */
function select(values: Float64Array, target: number): void {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const pivot = medianOfThree(values[left]!, values[(left + right) >>> 1]!, values[right]!);
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i]! > pivot) i++;
      while (values[j]! < pivot) j--;
      if (i <= j) {
        const swap = values[i]!;
        values[i] = values[j]!;
        values[j] = swap;
        i++;
        j--;
      }
    }
    if (target <= j) right = j;
    else if (target >= i) left = i;
    else return;
  }
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
