/** A parameter as it travels: text, bytes or null. */
export type WireValue = string | Buffer | null;

/**
 * Parameters as PostgreSQL reads them, for the server to give them their types: arrays as array literals, instants in ISO 8601, other
 * objects as JSON. The driver's own conversion looks at every element of an array with two regular expressions, which costs more than
 * the insert of a row.
 *
 * @throws TypeError for an object that has no JSON
 */
export function wireValues(values: readonly unknown[]): WireValue[] {
  return values.map(wireValue);
}

function wireValue(value: unknown): WireValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return String(value as number | bigint | boolean);
  if (Array.isArray(value)) return arrayLiteral(value);
  if (ArrayBuffer.isView(value)) return bytesOf(value);
  if (value instanceof Date) return value.toISOString();
  return JSON.stringify(value);
}

function arrayLiteral(values: readonly unknown[]): string {
  let literal = '{';
  for (let index = 0; index < values.length; index++) {
    if (index > 0) literal += ',';
    literal += elementLiteral(values[index]);
  }
  return `${literal}}`;
}

function elementLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return arrayLiteral(value);
  const wire = wireValue(value);
  if (wire === null) return 'NULL';
  return typeof wire === 'string' ? quoted(wire) : quoted(`\\x${wire.toString('hex')}`);
}

function quoted(value: string): string {
  return value.includes('"') || value.includes('\\') ? `"${value.replace(/["\\]/g, '\\$&')}"` : `"${value}"`;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
