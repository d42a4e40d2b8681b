import { badDecimal } from './errors.js';

/**
 * Exact decimal arithmetic on texts, for quantities, prices and money (`numeric` in SQL). A decimal is an optional sign,
 * digits, and an optional fraction: `-12.50`. Results keep the scale that exactness asks for: sums the larger one,
 * products the sum of both.
 */
export interface DecimalParts {
  /** The number × 10^scale. */
  units: bigint;
  /** Digits after the point. */
  scale: number;
}

/** How a digit that falls away is rounded: `halfEven` is the banker's, `halfUp` away from zero, `down` towards zero. */
export type Rounding = 'halfEven' | 'halfUp' | 'down';

const pattern = /^([+-]?)(\d+)(?:\.(\d+))?$/;

export function isDecimal(text: string): boolean {
  return pattern.test(text);
}

/** @throws `PERSISTENCE.BAD_DECIMAL` */
export function parseDecimal(text: string): DecimalParts {
  const match = pattern.exec(text);
  if (match === null) throw badDecimal(`"${text}" is no decimal number`);
  const [, sign, whole = '0', fraction = ''] = match;
  const units = BigInt(whole + fraction);
  return { units: sign === '-' ? -units : units, scale: fraction.length };
}

export function formatDecimal({ units, scale }: DecimalParts): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${units < 0n ? '-' : ''}${whole}${scale > 0 ? `.${digits.slice(digits.length - scale)}` : ''}`;
}

export function addDecimals(...terms: readonly string[]): string {
  const parts = terms.map(parseDecimal);
  const scale = Math.max(0, ...parts.map((part) => part.scale));
  return formatDecimal({ units: parts.reduce((sum, part) => sum + rescale(part, scale), 0n), scale });
}

export function subtractDecimals(left: string, right: string): string {
  return addDecimals(left, negateDecimal(right));
}

export function multiplyDecimals(left: string, right: string): string {
  const [a, b] = [parseDecimal(left), parseDecimal(right)];
  return formatDecimal({ units: a.units * b.units, scale: a.scale + b.scale });
}

/** @throws `PERSISTENCE.BAD_DECIMAL` when the divisor is zero */
export function divideDecimals(left: string, right: string, scale: number, rounding: Rounding = 'halfEven'): string {
  const [a, b] = [parseDecimal(left), parseDecimal(right)];
  if (b.units === 0n) throw badDecimal('division by zero');
  const shift = scale + b.scale - a.scale;
  const numerator = shift >= 0 ? a.units * 10n ** BigInt(shift) : a.units;
  const denominator = shift >= 0 ? b.units : b.units * 10n ** BigInt(-shift);
  return formatDecimal({ units: divide(numerator, denominator, rounding), scale });
}

export function negateDecimal(text: string): string {
  const { units, scale } = parseDecimal(text);
  return formatDecimal({ units: -units, scale });
}

/** −1, 0 or 1, whatever the scales: `1.0` equals `1`. */
export function compareDecimals(left: string, right: string): -1 | 0 | 1 {
  const [a, b] = [parseDecimal(left), parseDecimal(right)];
  const scale = Math.max(a.scale, b.scale);
  const difference = rescale(a, scale) - rescale(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function roundDecimal(text: string, scale: number, rounding: Rounding = 'halfEven'): string {
  const parts = parseDecimal(text);
  if (parts.scale <= scale) return formatDecimal({ units: rescale(parts, scale), scale });
  return formatDecimal({ units: divide(parts.units, 10n ** BigInt(parts.scale - scale), rounding), scale });
}

/** The shortest text of the same value: `1.500` to `1.5`, `-0.0` to `0`. */
export function normalizeDecimal(text: string): string {
  const formatted = formatDecimal(parseDecimal(text));
  return formatted.includes('.') ? formatted.replace(/\.?0+$/, '') : formatted;
}

/** The nearest double, for risk computations only. */
export function decimalToNumber(text: string): number {
  if (!isDecimal(text)) throw badDecimal(`"${text}" is no decimal number`);
  return Number(text);
}

/** The decimal that a finite double prints as, without an exponent: exactly what `String` would show, written out. */
export function decimalFromNumber(value: number): string {
  if (!Number.isFinite(value)) throw badDecimal(`${value} is no decimal number`);
  const [mantissa = '0', exponent] = String(value).split('e');
  if (exponent === undefined) return mantissa === '-0' ? '0' : mantissa;
  const { units, scale } = parseDecimal(mantissa);
  const shifted = scale - Number(exponent);
  return shifted >= 0
    ? formatDecimal({ units, scale: shifted })
    : formatDecimal({ units: units * 10n ** BigInt(-shifted), scale: 0 });
}

function rescale(part: DecimalParts, scale: number): bigint {
  return part.units * 10n ** BigInt(scale - part.scale);
}

function divide(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const [n, d] = [numerator < 0n ? -numerator : numerator, denominator < 0n ? -denominator : denominator];
  let quotient = n / d;
  const twice = (n % d) * 2n;
  if (
    rounding === 'halfUp' ? twice >= d : rounding === 'halfEven' && (twice > d || (twice === d && quotient % 2n === 1n))
  ) {
    quotient += 1n;
  }
  return negative ? -quotient : quotient;
}
