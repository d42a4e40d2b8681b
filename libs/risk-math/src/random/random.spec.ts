import fc from 'fast-check';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { normalQuantile } from '../distribution/normal.js';
import { logarithm } from './logarithm.js';
import { keyOf, philox, uniformOf } from './philox.js';
import { RandomStream, fillNormals } from './random-stream.js';
import { standardNormalOf } from './standard-normal.js';

interface Golden {
  seed: number;
  words: number[];
  normals: number[];
}

const expected = golden<Golden>('monte-carlo/fixtures/monte-carlo.json');

function wordsOf(counter: readonly [number, number, number, number], low: number, high: number): string[] {
  const out = new Uint32Array(4);
  philox(...counter, { low, high }, out);
  return Array.from(out, (word) => word.toString(16).padStart(8, '0'));
}

describe('Philox-4×32-10', () => {
  it('gives the known answers of its authors', () => {
    expect(wordsOf([0, 0, 0, 0], 0, 0)).toEqual(['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']);
    expect(wordsOf([-1, -1, -1, -1], -1, -1)).toEqual(['408f276d', '41c83b0e', 'a20bc7c6', '6d5451fd']);
    expect(wordsOf([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], 0xa4093822, 0x299f31d0)).toEqual([
      'd16cfe09',
      '94fdcceb',
      '5001e420',
      '24126ea1',
    ]);
  });

  it('agrees with NumPy for a seed of more than 32 bits and the last path', () => {
    const out = new Uint32Array(4);
    philox(7, 4294967295, 2, 0, keyOf(expected.seed), out);
    expect(Array.from(out)).toEqual(expected.words);
  });

  it.each([-1, 0.5, NaN, Number.MAX_SAFE_INTEGER + 1])('refuses %d for a seed', (seed) => {
    expect(failureOf(() => new RandomStream(seed)).details.field).toBe('seed');
  });
});

describe('uniform and normal numbers', () => {
  it('never reach 0 or 1', () => {
    expect(uniformOf(0, 0)).toBeGreaterThan(0);
    expect(uniformOf(0xffffffff, 0xffffffff)).toBeLessThanOrEqual(1 - 2 ** -53);
    expect(standardNormalOf(uniformOf(0, 0))).toBeGreaterThan(-9);
    expect(standardNormalOf(uniformOf(0xffffffff, 0xffffffff))).toBeLessThan(9);
  });

  it('are the inverse of the distribution, as SciPy has it', () => {
    const normals = new Float64Array(100);
    fillNormals(expected.seed, 0, 0, 5, 20, normals);
    expect(seen('Standard normal numbers', relativeDifference(normals, expected.normals))).toBeLessThan(1e-14);
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1 - 1e-16, noNaN: true, minExcluded: true }), (probability) => {
        const exact = normalQuantile(probability);
        expect(Math.abs(standardNormalOf(probability) - exact)).toBeLessThanOrEqual(
          4e-15 * Math.max(1, Math.abs(exact)),
        );
      }),
    );
  });

  it('need a logarithm that is within a unit in the last place of the engine’s', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
        const exact = Math.log(x);
        expect(Math.abs(logarithm(x) - exact)).toBeLessThanOrEqual(
          2.3e-16 * Math.max(Math.abs(exact), Number.MIN_VALUE),
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a random stream', () => {
  it('has the same numbers for a path wherever it comes from', () => {
    const whole = new Float64Array(7 * 30);
    fillNormals(42, 1, 10, 30, 7, whole);
    const stream = new RandomStream(42, 1);
    for (const path of [29, 3, 17]) {
      stream.moveTo(10 + path);
      const alone = Array.from({ length: 7 }, () => stream.normal());
      expect(alone).toEqual(Array.from(whole.subarray(path * 7, path * 7 + 7)));
    }
  });

  it('differs by seed, stream and path', () => {
    const first = (seed: number, stream: number, path: number): number =>
      new RandomStream(seed, stream).moveTo(path).uniform();
    const all = [first(1, 0, 0), first(2, 0, 0), first(1, 1, 0), first(1, 0, 1), first(1 + 2 ** 32, 0, 0)];
    expect(new Set(all).size).toBe(5);
  });

  /** First four moments of `count` draws lie within five standard errors of their distribution's. */
  function requireMoments(
    draw: (stream: RandomStream) => number,
    mean: number,
    variance: number,
    fourth: number,
  ): void {
    const count = 200_000;
    const stream = new RandomStream(7);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < count; i++) {
      const value = draw(stream) - mean;
      sum += value;
      squares += value * value;
    }
    expect(Math.abs(sum / count)).toBeLessThan(5 * Math.sqrt(variance / count));
    expect(Math.abs(squares / count - variance)).toBeLessThan(5 * Math.sqrt((fourth - variance * variance) / count));
  }

  it('draws uniform, normal, gamma, χ² and t numbers with their moments', () => {
    requireMoments((stream) => stream.uniform(), 0.5, 1 / 12, 1 / 80);
    requireMoments((stream) => stream.normal(), 0, 1, 3);
    for (const shape of [0.3, 1, 4.5])
      requireMoments((stream) => stream.gamma(shape), shape, shape, 3 * shape * (shape + 2));
    requireMoments((stream) => stream.chiSquare(5), 5, 10, 3 * 10 * 10 + 12 * 40);
    // Kurtosis of t with 10 degrees of freedom is 4; its eighth moment exists.
    requireMoments((stream) => stream.studentT(10), 0, 1.25, 4 * 1.25 * 1.25);
    requireMoments((stream) => stream.integer(10), 4.5, 8.25, 120.8625);
  });

  it('refuses a gamma without a shape', () => {
    expect(failureOf(() => new RandomStream(1).gamma(0)).reason).toBe('outOfDomain');
    expect(failureOf(() => new RandomStream(1).chiSquare(NaN)).reason).toBe('outOfDomain');
  });
});
