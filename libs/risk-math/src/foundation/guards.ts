import { RiskMathError } from './risk-math-error.js';

/** @throws RiskMathError `invalidInput` unless every element is a finite number. */
export function requireFinite(values: ArrayLike<number>, field: string): void {
  if (values instanceof Float64Array && hasFiniteSum(values)) return;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new RiskMathError('invalidInput', `${field}[${i}] is ${String(values[i])}; every number must be finite`, {
        field,
      });
    }
  }
}

/**
 * Clears the common case: what is not finite never leaves a sum. Four sums, none of which waits for another, of one kind of
 * array, for which alone the loop is compiled.
 */
function hasFiniteSum(values: Float64Array): boolean {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let at = 0;
  for (; at + 3 < values.length; at += 4) {
    a += values[at]!;
    b += values[at + 1]!;
    c += values[at + 2]!;
    d += values[at + 3]!;
  }
  for (; at < values.length; at++) a += values[at]!;
  return Number.isFinite(a + b + c + d);
}

/** @throws RiskMathError `invalidInput` unless `value` is a finite number. */
export function requireFiniteNumber(value: number, field: string): void {
  if (!Number.isFinite(value)) {
    throw new RiskMathError('invalidInput', `${field} is ${String(value)}; it must be a finite number`, { field });
  }
}

/** @throws RiskMathError `invalidInput` unless no element is below 0 and their sum is 1. */
export function requireDistribution(values: Float64Array, field: string): void {
  requireFinite(values, field);
  const sum = values.reduce((total, value) => total + value, 0);
  if (values.every((value) => value >= 0) && Math.abs(sum - 1) < 1e-9) return;
  throw new RiskMathError('invalidInput', `${field} are probabilities: none below 0, with the sum 1, which is ${sum}`, {
    field,
  });
}

/** @throws RiskMathError `invalidInput` unless `value` is finite and above 0. */
export function requirePositive(value: number, field: string): void {
  if (!(Number.isFinite(value) && value > 0)) {
    throw new RiskMathError('invalidInput', `${field} is ${String(value)}; it must be greater than 0`, { field });
  }
}

/** @throws RiskMathError `invalidInput` unless `values` has the length wanted. */
export function requireLength(values: ArrayLike<unknown>, length: number, field: string): void {
  if (values.length !== length) {
    throw new RiskMathError('invalidInput', `${field} has ${values.length} elements; expected ${length}`, { field });
  }
}

/** @throws RiskMathError `invalidInput` unless `value` is an integer of at least `minimum`. */
export function requireInteger(value: number, minimum: number, field: string): void {
  if (!Number.isInteger(value) || value < minimum) {
    throw new RiskMathError(
      'invalidInput',
      `${field} is ${String(value)}; it must be an integer of at least ${minimum}`,
      { field },
    );
  }
}

/** @throws RiskMathError `invalidInput` unless `row` is one of `size` rows of a model. */
export function requireRow(row: number, size: number, field: string): void {
  if (Number.isInteger(row) && row >= 0 && row < size) return;
  throw new RiskMathError('invalidInput', `${field} is ${row}; it must be a row of the model, from 0 to ${size - 1}`, {
    field,
  });
}

/** The confidence is the level (0.95), never the tail (0.05). @throws RiskMathError `invalidInput` outside (0.5, 1). */
export function requireConfidence(confidence: number): void {
  if (!(confidence > 0.5 && confidence < 1)) {
    throw new RiskMathError(
      'invalidInput',
      `confidence is ${String(confidence)}; it is the level, above 0.5 and below 1 (0.95 for a 5 % tail)`,
      { field: 'confidence' },
    );
  }
}

/** @throws RiskMathError `invalidInput` on a repeated id, `ids.length` other than `length`, or an empty id. */
export function requireIds(ids: readonly string[] | undefined, length: number, field: string): void {
  if (ids === undefined) return;
  requireLength(ids, length, field);
  const seen = new Set<string>();
  for (const id of ids) {
    if (id === '' || seen.has(id)) {
      throw new RiskMathError('invalidInput', id === '' ? `${field} holds an empty id` : `${field} holds ${id} twice`, {
        field,
        ids: [id],
      });
    }
    seen.add(id);
  }
}

/** @throws RiskMathError `tooFewObservations`. */
export function requireObservations(observations: number, needed: number, what: string): void {
  if (observations < needed) {
    throw new RiskMathError('tooFewObservations', `${what} needs ${needed} observations; there are ${observations}`, {
      observations,
      needed,
    });
  }
}
