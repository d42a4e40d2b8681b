import { z } from 'zod';
import { decodeCursor, encodeCursor, pageSchema, toPage } from './paging.js';

describe('paging', () => {
  it('gives a cursor only when there is more', () => {
    const rows = [1, 2, 3];
    const first = toPage(rows, 2, (row) => row, String);
    expect(first.items).toEqual(['1', '2']);
    expect(decodeCursor(first.nextCursor ?? undefined, z.int())).toBe(2);
    expect(toPage(rows, 3, (row) => row, String).nextCursor).toBeNull();
  });

  it('refuses a cursor that another list gave out', () => {
    expect(() => decodeCursor(encodeCursor(['x']), z.int())).toThrow('CURSOR_INVALID');
    expect(() => decodeCursor('%%%', z.int())).toThrow('CURSOR_INVALID');
    expect(decodeCursor(undefined, z.int())).toBeUndefined();
  });

  it('reads the limit from a query text and keeps it in bounds', () => {
    const schema = pageSchema({ maximumLimit: 100 });
    expect(schema.parse({ limit: '20' })).toEqual({ limit: 20 });
    expect(schema.parse({})).toEqual({ limit: 50 });
    for (const limit of ['0', '101', 'ten', '-1', '1e9', ['1', '2']])
      expect(schema.safeParse({ limit }).success).toBe(false);
  });
});
