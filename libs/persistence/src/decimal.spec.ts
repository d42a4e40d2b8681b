import fc from 'fast-check';
import {
  addDecimals,
  compareDecimals,
  decimalFromNumber,
  decimalToNumber,
  divideDecimals,
  formatDecimal,
  multiplyDecimals,
  normalizeDecimal,
  parseDecimal,
  roundDecimal,
  subtractDecimals,
} from './decimal.js';

const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 12 }))
  .map(([units, scale]) => formatDecimal({ units, scale }));

describe('decimals', () => {
  it('reads and writes every decimal unchanged', () => {
    fc.assert(fc.property(decimal, (text) => formatDecimal(parseDecimal(text)) === text));
  });

  it('adds and takes away exactly', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => compareDecimals(subtractDecimals(addDecimals(a, b), b), a) === 0),
    );
    expect(addDecimals('0.1', '0.2')).toBe('0.3');
  });

  it('multiplies over sums', () => {
    fc.assert(
      fc.property(decimal, decimal, decimal, (a, b, c) => {
        const left = multiplyDecimals(a, addDecimals(b, c));
        return compareDecimals(left, addDecimals(multiplyDecimals(a, b), multiplyDecimals(a, c))) === 0;
      }),
    );
  });

  it('divides to within half a unit of the last digit', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        fc.pre(compareDecimals(b, '0') !== 0);
        const rest = subtractDecimals(a, multiplyDecimals(divideDecimals(a, b, 6), b));
        const bound = multiplyDecimals(b.replace('-', ''), '0.0000005');
        return compareDecimals(rest.replace('-', ''), bound) <= 0;
      }),
    );
    expect(() => divideDecimals('1', '0.00', 2)).toThrow('division by zero');
  });

  it('rounds halves as asked', () => {
    expect(['2.5', '3.5', '-2.5', '2.51'].map((text) => roundDecimal(text, 0))).toEqual(['2', '4', '-2', '3']);
    expect(['2.5', '-2.5'].map((text) => roundDecimal(text, 0, 'halfUp'))).toEqual(['3', '-3']);
    expect(roundDecimal('-2.99', 1, 'down')).toBe('-2.9');
    expect(roundDecimal('1', 2)).toBe('1.00');
  });

  it('writes every finite number without an exponent, and reads it back the same', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (value) => decimalToNumber(decimalFromNumber(value)) === value,
      ),
    );
    expect(decimalFromNumber(1e-7)).toBe('0.0000001');
    expect(decimalFromNumber(1.5e21)).toBe('1500000000000000000000');
  });

  it('refuses what is no decimal', () => {
    for (const text of ['', '1e3', '.5', '1.', 'NaN', ' 1']) {
      expect(() => parseDecimal(text)).toThrow(expect.objectContaining({ code: 'PERSISTENCE.BAD_DECIMAL' }));
    }
  });

  it('shortens without changing the value', () => {
    expect(['1.500', '-0.0', '100', '0.10'].map(normalizeDecimal)).toEqual(['1.5', '0', '100', '0.1']);
  });
});
