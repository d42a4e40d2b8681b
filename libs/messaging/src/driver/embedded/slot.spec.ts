import fc from 'fast-check';
import { SLOTS } from './bus-migrations.js';
import { slotOf } from './slot-of.js';
import { Slot } from './slot.js';

describe('a slot', () => {
  it('never stores a cursor beyond a message that is in flight, in whatever order messages are settled', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.array(fc.nat(29), { maxLength: 60 }), (count, order) => {
        const slot = new Slot(0, 1, 0);
        const open = new Set(Array.from({ length: count }, (_, n) => n + 1));
        for (const position of open) slot.deliver(position, 10);
        slot.read = count;
        let stored = 0;
        for (const n of order) {
          open.delete(n + 1);
          slot.acknowledge(n + 1);
          const cursor = slot.toStore(false);
          if (cursor === undefined) continue;
          expect(cursor).toBeGreaterThan(stored);
          expect(cursor).toBe(open.size === 0 ? count : Math.min(...open) - 1);
          slot.storedAt(cursor);
          stored = cursor;
        }
        expect([slot.inFlightCount, slot.inFlightBytes]).toEqual([open.size, open.size * 10]);
      }),
    );
  });

  it('moves past messages of other slots only when idle, and is stored again after a failure', () => {
    const slot = new Slot(0, 1, 5);
    slot.read = 9;
    expect(slot.toStore(false)).toBeUndefined();
    expect(slot.toStore(true)).toBe(9);
    slot.notStored();
    expect(slot.toStore(false)).toBe(9);
    slot.storedAt(9);
    expect(slot.toStore(true)).toBeUndefined();
  });

  it('is the same for a key for ever, and takes its fair share of keys', () => {
    expect([slotOf('DEMO'), slotOf('AAPL'), slotOf('')]).toEqual([slotOf('DEMO'), slotOf('AAPL'), 5]);
    const counts = Array<number>(SLOTS).fill(0);
    for (let n = 0; n < 16_000; n++) {
      const slot = slotOf(`portfolio-${n}`);
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
    for (const count of counts) expect(count).toBeGreaterThan(700);
  });
});
