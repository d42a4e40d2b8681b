/** What a cell may be; null is an empty cell. */
export type CsvValue = string | number | null;

/**
 * CSV after RFC 4180: comma, CRLF, a header, quotes where needed. A text that a spreadsheet would take for a formula is led by an
 * apostrophe; numbers are written as they are.
 */
export function toCsv<Column extends string>(
  columns: readonly Column[],
  rows: Iterable<Readonly<Record<Column, CsvValue>>>,
): string {
  const lines = [columns.join(',')];
  for (const row of rows) lines.push(columns.map((column) => cell(row[column])).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

function cell(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
