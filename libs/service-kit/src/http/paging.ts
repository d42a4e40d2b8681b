import { z } from 'zod';
import { KitError } from '../errors/kit-error.js';

/** One page of a list and where the next one starts; `nextCursor` is null on the last. */
export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

const cursorText = z
  .string()
  .max(1000)
  .regex(/^[A-Za-z0-9_-]+$/, 'is no cursor of this list')
  .describe('`nextCursor` of the page before');

/** Query parameters of a list: `limit` and `cursor`. Extend it with the list's own filters. */
export function pageSchema(options: { defaultLimit?: number; maximumLimit?: number } = {}): z.ZodObject<{
  limit: z.ZodType<number, string | number | undefined>;
  cursor: z.ZodOptional<z.ZodString>;
}> {
  const maximum = options.maximumLimit ?? 500;
  const fallback = options.defaultLimit ?? Math.min(50, maximum);
  const limit = z
    .preprocess(
      (value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value),
      z.int().min(1).max(maximum),
    )
    // A default would get lost on its way into the OpenAPI document, for it stands in front of a conversion.
    .prefault(fallback)
    .describe(`items on a page, 1 to ${maximum}`);
  return z.object({
    limit: limit as unknown as z.ZodType<number, string | number | undefined>,
    cursor: cursorText.optional(),
  });
}

/** Schema of a page's answer. */
export function pageOf<Item extends z.ZodType>(
  item: Item,
): z.ZodObject<{ items: z.ZodArray<Item>; nextCursor: z.ZodNullable<z.ZodString> }> {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('cursor of the next page; null on the last page'),
  });
}

/**
 * Cuts a page out of rows that were read with one more than the limit.
 *
 * @param rows up to `limit + 1` rows, in the list's order
 * @param position what the next page must start after, taken from the last row of this one
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  position: (row: Row) => unknown,
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last !== undefined ? encodeCursor(position(last)) : null;
  return { items: shown.map(toItem), nextCursor };
}

/** An opaque cursor around a position. */
export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * The position inside a cursor, undefined without a cursor.
 *
 * @throws KitError `CURSOR_INVALID` when it was not made for a list of this kind
 */
export function decodeCursor<Position>(cursor: string | undefined, schema: z.ZodType<Position>): Position | undefined {
  if (cursor === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch (cause) {
    throw new KitError('CURSOR_INVALID', { cause });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new KitError('CURSOR_INVALID', { cause: parsed.error });
  return parsed.data;
}
