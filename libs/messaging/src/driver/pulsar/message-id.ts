/** Where an entry stands on a topic that is not partitioned. */
export interface Position {
  ledger: number;
  entry: number;
}

/** Where a message stands; one of a batch has an index within its entry. */
export interface MessagePosition extends Position {
  /** 0 for a message that is an entry of its own. */
  batchIndex: number;
  /** 1 for a message that is an entry of its own. */
  batchSize: number;
}

/** Whether a position comes after another. */
export function isAfter(one: Position, other: Position): boolean {
  return one.ledger > other.ledger || (one.ledger === other.ledger && one.entry > other.entry);
}

/** As Pulsar's own tools write a position. */
export function referenceOf(position: MessagePosition): string {
  const entry = entryOf(position);
  return position.batchSize > 1 ? `${entry}:${position.batchIndex}` : entry;
}

export function entryOf({ ledger, entry }: Position): string {
  return `${ledger}:${entry}`;
}

/** @param reference as {@link referenceOf} writes it */
export function parseReference(reference: string): Position & { batchIndex: number } {
  const [ledger = 0, entry = 0, batchIndex = 0] = reference.split(':').map(Number);
  return { ledger, entry, batchIndex };
}

const LEDGER = 1;
const ENTRY = 2;
const BATCH_INDEX = 4;
const BATCH_SIZE = 6;

/**
 * Reads Pulsar's serialised message id: the protocol buffer `MessageIdData` (PulsarApi.proto), whose fields in use here are all
 * varints.
 *
 * @throws RangeError when the bytes are no such message
 */
export function decodeMessageId(bytes: Uint8Array): MessagePosition {
  const fields = new Map<number, bigint>();
  for (let at = 0; at < bytes.length;) {
    const tag = readVarint(bytes, at);
    at = tag.end;
    const type = Number(tag.value & 7n);
    if (type === 0) {
      const value = readVarint(bytes, at);
      fields.set(Number(tag.value >> 3n), BigInt.asIntN(64, value.value));
      at = value.end;
    } else if (type === 2) {
      const length = readVarint(bytes, at);
      at = length.end + Number(length.value);
    } else {
      throw new RangeError(`a message id with a field of wire type ${type}`);
    }
  }
  const [ledger, entry] = [fields.get(LEDGER), fields.get(ENTRY)];
  if (ledger === undefined || entry === undefined) throw new RangeError('a message id without its ledger or entry');
  const batchSize = Number(fields.get(BATCH_SIZE) ?? 0n);
  const batchIndex = Number(fields.get(BATCH_INDEX) ?? -1n);
  return {
    ledger: Number(ledger),
    entry: Number(entry),
    batchIndex: Math.max(0, batchIndex),
    batchSize: Math.max(1, batchSize),
  };
}

/** The serialised id of a whole entry. */
export function encodeEntryId({ ledger, entry }: Position): Buffer {
  return Buffer.from([LEDGER << 3, ...varint(BigInt(ledger)), ENTRY << 3, ...varint(BigInt(entry))]);
}

function readVarint(bytes: Uint8Array, start: number): { value: bigint; end: number } {
  let value = 0n;
  for (let at = start, shift = 0n; shift < 70n; at++, shift += 7n) {
    const byte = bytes[at];
    if (byte === undefined) throw new RangeError('a message id that is cut off');
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw new RangeError('a message id with a number that is too long');
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}
