/** `12.34 %` */
export function percent(value: number, digits = 2): string {
  return `${(100 * value).toFixed(digits)} %`;
}

/** `94,812,345` */
export function whole(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `2020-03-12 21:30` */
export function moment(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}

/** Columns padded to their widest cell; numbers and percentages to the right. */
export function table(rows: readonly (readonly string[])[], indent = '  '): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row, index) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return index > 0 && /^[-+]?[\d,.]+( %)?$/.test(cell) ? cell.padStart(width) : cell.padEnd(width);
    });
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}

/** A figure in the unit of its measure. */
export function figure(measure: string, value: number, digits = 2): string {
  const plain = new Set(['herfindahl', 'effectiveNumber', 'beta', 'daysToLiquidate', 'leverage']);
  return plain.has(measure) ? value.toFixed(digits) : percent(value, digits);
}

/** A figure beyond a bound, and the bound, with as many digits as it takes to tell them apart. */
export function figureAndBound(measure: string, value: number, bound: number): [value: string, bound: string] {
  for (let digits = 2; digits < 8; digits++) {
    const texts: [string, string] = [figure(measure, value, digits), figure(measure, bound, digits)];
    if (texts[0] !== texts[1]) return texts;
  }
  return [figure(measure, value), figure(measure, bound)];
}
