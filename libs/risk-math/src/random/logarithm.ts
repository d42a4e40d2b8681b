const words = new Uint32Array(2);
const number = new Float64Array(words.buffer);
/** Which word of a float holds its exponent. */
const HIGH = ((): 0 | 1 => {
  number[0] = 1;
  return words[1] === 0x3ff00000 ? 1 : 0;
})();

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;

/**
 * ln x of a normal number above 0, within one unit in the last place, from plain arithmetic alone. `Math.log` may differ in
 * its last bit from engine to engine, and a seeded path must not.
 *
 * Source: the algorithm of FreeBSD's `e_log.c` (Sun Microsystems, 1993): x = 2ᵏ (1 + f) with 1 + f in [√½, √2), and a
 * polynomial in f / (2 + f).
 */
export function logarithm(x: number): number {
  number[0] = x;
  const high = words[HIGH]! + 0x95f62;
  const exponent = (high >>> 20) - 0x3ff;
  words[HIGH] = (high & 0xfffff) + 0x3fe6a09e;
  const f = number[0]! - 1;
  const halfSquare = 0.5 * f * f;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const rest = even + odd;
  return s * (halfSquare + rest) + exponent * LN2_LOW - halfSquare + f + exponent * LN2_HIGH;
}
