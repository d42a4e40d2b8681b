import fc from 'fast-check';
import { decodeMessageId, encodeEntryId, isAfter, parseReference, referenceOf } from './message-id.js';

const long = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('a message id', () => {
  it('of an entry is read as it was written, for every ledger and entry', () => {
    fc.assert(
      fc.property(long, long, (ledger, entry) => {
        const read = decodeMessageId(encodeEntryId({ ledger, entry }));
        expect(read).toEqual({ ledger, entry, batchIndex: 0, batchSize: 1 });
        expect(parseReference(referenceOf(read))).toEqual({ ledger, entry, batchIndex: 0 });
      }),
    );
  });

  it('is read as the broker writes it', () => {
    // What a reader on Pulsar 4.0.7 got: an entry of its own, and the third message of a batch of five.
    expect(decodeMessageId(Buffer.from('CAUQAzAA', 'base64'))).toEqual({
      ledger: 5,
      entry: 3,
      batchIndex: 0,
      batchSize: 1,
    });
    expect(decodeMessageId(Buffer.from('CAUQBSACMAU=', 'base64'))).toEqual({
      ledger: 5,
      entry: 5,
      batchIndex: 2,
      batchSize: 5,
    });
  });

  it('that is cut off, empty, or of another kind is refused', () => {
    for (const bytes of [[], [0x08], [0x08, 0x80], [0x08, 0x01], [0x0d, 1, 2, 3, 4]])
      expect(() => decodeMessageId(Uint8Array.from(bytes))).toThrow(RangeError);
  });

  it('stands after another by its ledger first, then by its entry', () => {
    expect(isAfter({ ledger: 2, entry: 0 }, { ledger: 1, entry: 9 })).toBe(true);
    expect(isAfter({ ledger: 1, entry: 9 }, { ledger: 1, entry: 9 })).toBe(false);
    expect(isAfter({ ledger: 1, entry: 10 }, { ledger: 1, entry: 9 })).toBe(true);
  });
});
