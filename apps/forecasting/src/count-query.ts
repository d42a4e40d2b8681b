import { z } from 'zod';

/** A number of 1 to a maximum in a query string, as text or as a number. */
export function countQuery(
  maximum: number,
  fallback: number,
  description: string,
): z.ZodType<number, string | number | undefined> {
  const count = z
    .preprocess(
      (value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value),
      z.int().min(1).max(maximum),
    )
    // A default would get lost on its way into the OpenAPI document, for it stands in front of a conversion.
    .prefault(fallback)
    .describe(`${description}, 1 to ${maximum}`);
  return count as unknown as z.ZodType<number, string | number | undefined>;
}
