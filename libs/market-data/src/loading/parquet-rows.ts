import { decimalFromNumber } from '@risk-budget/persistence';
import { parquetMetadataAsync, parquetReadObjects, parquetSchema, type AsyncBuffer } from 'hyparquet';
import { checkColumns, rejected, type FileRow } from './rows.js';
import type { Dataset } from './datasets.js';

const ROWS_AT_A_TIME = 5_000;

/**
 * Rows of a Parquet file (uncompressed or Snappy), a few thousand at a time. Numbers become decimals, timestamps instants and
 * dates days.
 *
 * @throws MarketDataError `MARKET_DATA.LOAD_REJECTED` on a file that is no such Parquet file, or wrong columns
 */
export async function* parquetRows(
  file: AsyncBuffer,
  dataset: Pick<Dataset<unknown>, 'columns' | 'required'>,
): AsyncGenerator<FileRow> {
  const metadata = await readable(() => parquetMetadataAsync(file));
  checkColumns(
    parquetSchema(metadata).children.map((child) => child.element.name),
    dataset,
  );
  const total = Number(metadata.num_rows);
  for (let start = 0; start < total; start += ROWS_AT_A_TIME) {
    const end = Math.min(total, start + ROWS_AT_A_TIME);
    const rows = await readable(() => parquetReadObjects({ file, metadata, rowStart: start, rowEnd: end }));
    for (const [index, row] of rows.entries()) {
      const cells: Record<string, string> = {};
      for (const [name, value] of Object.entries(row as Record<string, unknown>)) {
        const text = cellOf(name, value);
        if (text !== undefined) cells[name] = text;
      }
      yield { line: start + index + 1, cells, fraction: (start + index + 1) / total };
    }
  }
}

/** Columns that hold a day, not a moment. */
const dayColumns = new Set(['date', 'adjustedThrough']);

function cellOf(name: string, value: unknown): string | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? decimalFromNumber(value) : String(value);
  if (value instanceof Date) {
    const text = Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
    return dayColumns.has(name) ? text.slice(0, 10) : text;
  }
  return JSON.stringify(value);
}

async function readable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw rejected([{ field: 'file', problem }], 0, 'The file cannot be read as Parquet');
  }
}
