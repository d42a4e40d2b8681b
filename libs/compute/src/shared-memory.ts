/** Arrays below this many bytes are copied with the message; larger ones go through shared memory. */
const SHARED_FROM_BYTES = 16_384;

/**
 * A copy in shared memory, which workers read without copying. What is used for several computations (a risk model, a
 * scenario set) is best made so once; `run` does it by itself for each large array of a call.
 */
export function inSharedMemory(values: Float64Array): Float64Array {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const shared = new Float64Array(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  return shared;
}

/** The same input with every large array in shared memory; arrays that stand in it twice are copied once. */
export function shareInput<T>(input: T): T {
  return share(input, new Map()) as T;
}

function share(value: unknown, done: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = done.get(value);
  if (known !== undefined) return known;
  const result = shareObject(value, done);
  done.set(value, result);
  return result;
}

function shareObject(value: object, done: Map<object, unknown>): unknown {
  if (value instanceof Float64Array) return value.byteLength < SHARED_FROM_BYTES ? value : inSharedMemory(value);
  if (ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    return value.some((element) => typeof element === 'object') && value.length < 64
      ? value.map((element) => share(element, done))
      : value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, share(element, done)]));
}

/** The buffers of every array of a result that is worth handing over instead of copying. */
export function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (typeof value !== 'object' || value === null) return found;
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength) found.add(value.buffer);
    return found;
  }
  for (const element of Object.values(value)) {
    if (typeof element === 'object') buffersOf(element, found);
  }
  return found;
}
