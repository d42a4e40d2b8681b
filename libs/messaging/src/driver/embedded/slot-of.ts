import { SLOTS } from './bus-migrations.js';

/** The slot of an ordering key: FNV-1a over its UTF-8, the same in every process and for ever. */
export function slotOf(orderingKey: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(orderingKey)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % SLOTS;
}
