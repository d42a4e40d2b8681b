import { z } from 'zod';
import type { RestClient } from './rest-client.js';

const standing = z.object({ breachId: z.string(), state: z.string(), value: z.number(), worstValue: z.number() });

/** How a breach stands: figures move between transitions, which alone are published. */
export type BreachStanding = z.infer<typeof standing>;

const page = z.object({ items: z.array(standing), nextCursor: z.string().nullable() });

/** Asks the limits service how every breach stands now. */
export async function readBreaches(rest: RestClient, token: string): Promise<Map<string, BreachStanding>> {
  const standings = new Map<string, BreachStanding>();
  for (let cursor = ''; ;) {
    const path = `/v1/breaches?limit=200${cursor}`;
    const { items, nextCursor } = await rest.call({ service: 'limits', method: 'GET', path, token }, page);
    for (const item of items) standings.set(item.breachId, item);
    if (nextCursor === null) return standings;
    cursor = `&cursor=${nextCursor}`;
  }
}
