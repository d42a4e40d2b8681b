import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Closes by day and instrument, as the files have them. */
export type Closes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Reads files of one column `Date` and one for each instrument. */
export function readPriceFiles(dataDir: string, files: readonly string[]): Closes {
  const closes = new Map<string, Map<string, string>>();
  for (const file of files) {
    const content = readFileSync(join(dataDir, file));
    const lines = (file.endsWith('.gz') ? gunzipSync(content) : content).toString('utf8').trim().split('\n');
    const header = (lines[0] ?? '').trim().split(',');
    for (const line of lines.slice(1)) {
      const cells = line.trim().split(',');
      const date = cells[0] ?? '';
      const day = closes.get(date) ?? new Map<string, string>();
      closes.set(date, day);
      for (let column = 1; column < cells.length; column++) {
        const close = cells[column];
        const instrumentId = header[column];
        if (close !== undefined && close !== '' && instrumentId !== undefined) day.set(instrumentId, close);
      }
    }
  }
  return new Map([...closes].sort(([a], [b]) => (a < b ? -1 : 1)));
}
