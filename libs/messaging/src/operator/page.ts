/** A page of a list, and where the next one begins. */
export interface Page<T> {
  items: T[];
  /** Give it back as `cursor` for the next page; undefined on the last one. */
  nextCursor: string | undefined;
}

export interface PageRequest {
  cursor?: string;
  /** 1 to 500, default 50. */
  limit?: number;
}

/** Limits of a page: how many to ask for (one more than wanted), and after which id. */
export function pageBounds(request: PageRequest): { limit: number; after: number } {
  const limit = Math.min(500, Math.max(1, Math.trunc(request.limit ?? 50)));
  const after = Number(request.cursor ?? 0);
  return { limit, after: Number.isSafeInteger(after) && after >= 0 ? after : 0 };
}

export function toPage<T extends { id: string }>(found: T[], limit: number): Page<T> {
  const items = found.slice(0, limit);
  return { items, nextCursor: found.length > limit ? items.at(-1)?.id : undefined };
}
