import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { checkColumns, rejected, type FileRow } from './rows.js';
import type { Dataset } from './datasets.js';

const MAXIMUM_LINE = 64 * 1024;

/**
 * Rows of a CSV file with a header line, as they are read: UTF-8, commas, quotes where needed, `.` as decimal point.
 *
 * @param bytes total size, for progress
 * @throws MarketDataError `MARKET_DATA.LOAD_REJECTED` on a malformed line or wrong columns
 */
export async function* csvRows(
  content: AsyncIterable<Uint8Array>,
  bytes: number,
  dataset: Pick<Dataset<unknown>, 'columns' | 'required'>,
): AsyncGenerator<FileRow> {
  const parser = parse({
    bom: true,
    info: true,
    trim: true,
    skip_empty_lines: true,
    max_record_size: MAXIMUM_LINE,
    columns: (header: string[]) => {
      checkColumns(header, dataset);
      return header;
    },
  });
  const source = Readable.from(content, { objectMode: false });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Record<string, string>;
      info: { lines: number; bytes: number };
    }>) {
      const cells = Object.fromEntries(Object.entries(record).filter(([, value]) => value !== ''));
      yield { line: info.lines, cells, fraction: bytes > 0 ? Math.min(1, info.bytes / bytes) : 1 };
    }
  } catch (error) {
    if (error instanceof CsvError) {
      const line = typeof error['lines'] === 'number' ? error['lines'] : 1;
      throw rejected([{ field: `line ${line}`, problem: error.message }], 0, 'The file is no well-formed CSV');
    }
    throw error;
  } finally {
    source.destroy();
  }
}
