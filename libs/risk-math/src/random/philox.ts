import { RiskMathError } from '../foundation/risk-math-error.js';

/** Bound once: in the inner loop, a look-up of a global costs more than the product where code runs in a context of its own. */
const { imul } = Math;

/** The key of a generator: a seed in two words. */
export interface PhiloxKey {
  readonly low: number;
  readonly high: number;
}

/** The largest seed, 2⁵³ − 1. */
export const LARGEST_SEED = Number.MAX_SAFE_INTEGER;

/** @throws RiskMathError `invalidInput` unless the seed is an integer from 0 to 2⁵³ − 1 */
export function keyOf(seed: number): PhiloxKey {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RiskMathError('invalidInput', `seed is ${seed}; it must be an integer from 0 to ${LARGEST_SEED}`, {
      field: 'seed',
    });
  }
  return { low: seed >>> 0, high: Math.floor(seed / 4294967296) };
}

const ROUNDS = 10;
/** The multipliers in halves of 16 bits. */
const M0_LOW = 0x1f53;
const M0_HIGH = 0xd251;
const M1_LOW = 0x8d57;
const M1_HIGH = 0xcd9e;
const M0 = 0xd2511f53 | 0;
const M1 = 0xcd9e8d57 | 0;
const W0 = 0x9e3779b9 | 0;
const W1 = 0xbb67ae85 | 0;

/**
 * Four random words for a counter of four words: a bijection that needs no state, so that draw k of path p is the same
 * whoever computes it and in whatever order.
 *
 * Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC '11: Philox-4×32-10.
 *
 * @param out receives the words at `offset`
 */
export function philox(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  key: PhiloxKey,
  out: Uint32Array,
  offset = 0,
): void {
  let k0 = key.low | 0;
  let k1 = key.high | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const a0 = c0 & 0xffff;
    const a1 = c0 >>> 16;
    const a01 = imul(M0_LOW, a1);
    const a10 = imul(M0_HIGH, a0);
    const aMiddle = (imul(M0_LOW, a0) >>> 16) + (a01 & 0xffff) + (a10 & 0xffff);
    const aHigh = (imul(M0_HIGH, a1) + (a01 >>> 16) + (a10 >>> 16) + (aMiddle >>> 16)) | 0;
    const b0 = c2 & 0xffff;
    const b1 = c2 >>> 16;
    const b01 = imul(M1_LOW, b1);
    const b10 = imul(M1_HIGH, b0);
    const bMiddle = (imul(M1_LOW, b0) >>> 16) + (b01 & 0xffff) + (b10 & 0xffff);
    const bHigh = (imul(M1_HIGH, b1) + (b01 >>> 16) + (b10 >>> 16) + (bMiddle >>> 16)) | 0;
    const aLow = imul(M0, c0);
    const bLow = imul(M1, c2);
    c0 = bHigh ^ c1 ^ k0;
    c1 = bLow;
    c2 = aHigh ^ c3 ^ k1;
    c3 = aLow;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  out[offset] = c0;
  out[offset + 1] = c1;
  out[offset + 2] = c2;
  out[offset + 3] = c3;
}

/** A number in (0, 1) from two words: the middle of one of 2⁵² equal parts, so that it is never 0 or 1. */
export function uniformOf(high: number, low: number): number {
  return ((high >>> 6) * 67108864 + (low >>> 6) + 0.5) / 4503599627370496;
}
