import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';

/** Adjusted closes by day and instrument, as decimals exactly as the files have them. */
export class PriceTable {
  private constructor(private readonly closesByDate: ReadonlyMap<string, ReadonlyMap<string, string>>) {}

  /** Reads files of one column `Date` and one for each instrument, plain or gzipped, and puts them beside each other. */
  static read(dataDir: string, files: readonly string[]): PriceTable {
    const closes = new Map<string, Map<string, string>>();
    for (const file of files) {
      const content = readFileSync(join(dataDir, file));
      const rows = parse(file.endsWith('.gz') ? gunzipSync(content) : content) as string[][];
      const [header, ...days] = rows;
      for (const [date, ...values] of days) {
        if (date === undefined) continue;
        const day = closes.get(date) ?? new Map<string, string>();
        closes.set(date, day);
        values.forEach((value, column) => {
          const instrumentId = header?.[column + 1];
          if (instrumentId !== undefined && value !== '') day.set(instrumentId, value);
        });
      }
    }
    return new PriceTable(new Map([...closes].sort(([a], [b]) => (a < b ? -1 : 1))));
  }

  /** Trading days from one to another, both included. */
  days(from: string, to: string): string[] {
    return [...this.closesByDate.keys()].filter((date) => date >= from && date <= to);
  }

  /** The day's closes by instrument, in the order of the files. */
  closes(date: string): ReadonlyMap<string, string> {
    return this.closesByDate.get(date) ?? new Map<string, string>();
  }
}
