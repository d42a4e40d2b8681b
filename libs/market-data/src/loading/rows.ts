import type { FieldProblem } from '@risk-budget/contracts';
import { MarketDataError } from '../errors.js';
import type { Cells } from './datasets.js';

/** One row of a bulk file. */
export interface FileRow {
  /** Line of a CSV file, row of a Parquet file; from 1. */
  readonly line: number;
  readonly cells: Cells;
  /** How much of the file was read, 0 to 1. */
  readonly fraction: number;
}

/** Problems named at most: a file with the wrong delimiter has one in every line. */
const MAXIMUM_PROBLEMS = 20;

/** A refusal that names lines and fields. */
export function rejected(
  problems: readonly FieldProblem[],
  rowsWritten: number,
  detail = 'A row of the file is not valid',
): MarketDataError {
  const [first] = problems;
  const example = first === undefined ? '' : ` (${first.field}: ${first.problem})`;
  return new MarketDataError(
    'MARKET_DATA.LOAD_REJECTED',
    `${detail}${example}; ${rowsWritten} rows before it were written, none after.`,
    { errors: problems.slice(0, MAXIMUM_PROBLEMS) },
  );
}

/** Checks that the columns are those of the data set. @throws MarketDataError `MARKET_DATA.LOAD_REJECTED` */
export function checkColumns(
  found: readonly string[],
  dataset: { readonly columns: readonly string[]; readonly required: readonly (readonly string[])[] },
): void {
  const allowed = dataset.columns.join(', ');
  const problems: FieldProblem[] = [
    ...found
      .filter((name) => !dataset.columns.includes(name))
      .map((name) => ({ field: `line 1: ${name}`, problem: 'is no column of this data set', allowed })),
    ...dataset.required
      .filter((names) => !names.some((name) => found.includes(name)))
      .map((names) => ({ field: `line 1: ${names.join(' or ')}`, problem: 'is missing', allowed })),
    ...found
      .filter((name, index) => found.indexOf(name) !== index)
      .map((name) => ({ field: `line 1: ${name}`, problem: 'stands twice' })),
  ];
  if (problems.length > 0) throw rejected(problems, 0, 'The columns of the file are not those of the data set');
}
