import { InFlight } from './in-flight.js';

const at = (entry: number, batchIndex = 0, batchSize = 1) => ({ ledger: 1, entry, batchIndex, batchSize });

describe('what is in flight', () => {
  it('is counted in messages and bytes until it is settled', () => {
    const inFlight = new InFlight();
    expect([inFlight.add(at(1), 10), inFlight.add(at(2), 20)]).toEqual([true, true]);
    expect([inFlight.count, inFlight.bytes]).toEqual([2, 30]);
    expect(inFlight.settle(at(1))).toBe(true);
    expect([inFlight.count, inFlight.bytes]).toEqual([1, 20]);
  });

  it('is not taken a second time when a lost link delivers it again, and is once it was settled', () => {
    const inFlight = new InFlight();
    inFlight.add(at(1), 10);
    expect(inFlight.add(at(1), 10)).toBe(false);
    expect(inFlight.count).toBe(1);
    inFlight.settle(at(1));
    expect(inFlight.add(at(1), 10)).toBe(true);
  });

  it('settles a batch of an outside publisher with its last message, whatever the order', () => {
    const inFlight = new InFlight();
    for (const index of [0, 1, 2]) inFlight.add(at(1, index, 3), 5);
    expect([inFlight.settle(at(1, 2, 3)), inFlight.settle(at(1, 0, 3))]).toEqual([false, false]);
    expect(inFlight.add(at(1, 2, 3), 5)).toBe(false);
    expect([inFlight.count, inFlight.bytes]).toEqual([1, 5]);
    expect(inFlight.settle(at(1, 1, 3))).toBe(true);
  });

  it('knows nothing of what never came', () => {
    expect(new InFlight().settle(at(1))).toBe(false);
  });
});
