import { z } from 'zod';

/** Identifiers of portfolios, instruments, strategies and the like: printable, no spaces at the ends, no slash or colon (node ids use those). */
export const identifier = z
  .string()
  .min(1)
  .max(64)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9 ._&-]*$/,
    'letters, digits, space, dot, underscore, ampersand and hyphen, starting with a letter or digit',
  )
  .describe('1 to 64 letters, digits, spaces, dots, underscores, ampersands or hyphens');

/** A name that people read, such as a sector or an issuer. */
export const label = z
  .string()
  .min(1)
  .max(120)
  .regex(/^[^\u0000-\u001f:/]+$/, 'no control characters, colons or slashes');

export const freeText = z
  .string()
  .min(1)
  .max(2000)
  .regex(/^[^\u0000]*$/, 'no null characters');

/** UTC instant with `Z`. */
export const instant = z.iso
  .datetime({ offset: false })
  .describe('UTC instant, ISO-8601 with Z, for example 2020-03-09T21:00:00.000Z');

export const businessDate = z.iso.date().describe('calendar day, YYYY-MM-DD');

export const uuid = z.uuid();

/** Signed decimal as a string, never a float: up to 20 digits before and 12 after the point. */
export const decimal = z
  .string()
  .regex(/^-?\d{1,20}(\.\d{1,12})?$/, 'a decimal number as a string, at most 20 digits before and 12 after the point')
  .describe('decimal number as a string');

export const positiveDecimal = decimal.refine((value) => Number(value) > 0, 'greater than 0');

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'an ISO 4217 code of three capital letters')
  .describe('ISO 4217 currency code');

export const money = z.object({ amount: decimal, currency });
export type Money = z.infer<typeof money>;

/** A finite number; JSON has no NaN or infinity and neither have we. */
export const finite = z.number();
export const nonNegative = z.number().min(0);
export const fraction = z.number().min(0).max(1);
