import {
  bar,
  businessDate,
  cashBalance,
  fxRate,
  identifier,
  instant,
  instrument,
  position,
  type Bar,
  type FieldProblem,
  type FxRate,
  type Instrument,
  type PositionsSnapshot,
} from '@risk-budget/contracts';
import { z } from 'zod';

/** What a bulk file may hold. */
export const datasets = ['bars', 'instruments', 'positions', 'fxRates'] as const;
export type DatasetName = (typeof datasets)[number];

/** Texts by column; an empty cell is absent. */
export type Cells = Readonly<Record<string, string | undefined>>;

export type ParsedRow<Row> = { readonly row: Row } | { readonly problems: readonly FieldProblem[] };

/** One kind of bulk file: its columns and what a row of it means. */
export interface Dataset<Row> {
  /** Columns in the order of the documentation. */
  readonly columns: readonly string[];
  /** Of each list one column must be there. */
  readonly required: readonly (readonly string[])[];
  parse(cells: Cells): ParsedRow<Row>;
  /** Rows with the same text belong together and are written together. */
  groupOf?(row: Row): string;
}

/** Bars of a day may give its `date`: they end at 21:00 UTC. */
const barRow = z
  .object({ date: businessDate.optional(), time: instant.optional() })
  .loose()
  .transform(({ date, time, ...rest }, context) => {
    if ((date === undefined) !== (time === undefined)) return { ...rest, time: time ?? `${date}T21:00:00.000Z` };
    context.addIssue({ code: 'custom', path: ['time'], message: 'give either a date or a time' });
    return z.NEVER;
  })
  .pipe(bar);

/** A number in a cell. */
const cellNumber = z.preprocess(
  (value) => (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value),
  z.number().optional(),
);

const instrumentRow = z
  .object({ averageDailyVolume: z.string().optional(), participationRate: cellNumber, staleAfterDays: cellNumber })
  .loose()
  .transform(({ averageDailyVolume, participationRate, staleAfterDays, ...rest }) => ({
    ...rest,
    ...(staleAfterDays === undefined ? {} : { staleAfterDays }),
    ...(averageDailyVolume === undefined
      ? {}
      : {
          liquidity: { averageDailyVolume, ...(participationRate === undefined ? {} : { participationRate }) },
        }),
  }))
  .pipe(instrument);

/** A line of a position file: a position, or an amount of cash. */
export type PositionRow = Pick<PositionsSnapshot, 'portfolioId' | 'asOf' | 'sequence'> &
  (
    { readonly position: PositionsSnapshot['positions'][number] } | { readonly cash: PositionsSnapshot['cash'][number] }
  );

const positionHead = z.object({
  portfolioId: identifier,
  asOf: instant,
  sequence: z.coerce.number().pipe(z.int().min(1)),
});

const positionLine = positionHead
  .extend(position.shape)
  .transform(({ portfolioId, asOf, sequence, ...held }): PositionRow => ({
    portfolioId,
    asOf,
    sequence,
    position: held,
  }));

const cashLine = positionHead
  .extend(cashBalance.shape)
  .transform(({ portfolioId, asOf, sequence, ...cash }): PositionRow => ({ portfolioId, asOf, sequence, cash }));

function parsePositionRow(cells: Cells): ParsedRow<PositionRow> {
  const isPosition = cells['instrumentId'] !== undefined;
  if (isPosition && cells['currency'] !== undefined) {
    return { problems: [{ field: 'currency', problem: 'a line is a position or cash, not both' }] };
  }
  return bySchema(isPosition ? positionLine : cashLine)(cells);
}

function bySchema<Row>(schema: z.ZodType<Row>): (cells: Cells) => ParsedRow<Row> {
  return (cells) => {
    const parsed = schema.safeParse(cells);
    if (parsed.success) return { row: parsed.data };
    return {
      problems: parsed.error.issues.map((issue) => ({
        // Nested fields have the names of their columns.
        field: String(issue.path.at(-1) ?? 'line'),
        problem: issue.message,
      })),
    };
  };
}

export const barDataset: Dataset<Bar> = {
  columns: [
    'instrumentId',
    'date',
    'time',
    'open',
    'high',
    'low',
    'close',
    'volume',
    'adjustmentFactor',
    'adjustedThrough',
  ],
  required: [['instrumentId'], ['date', 'time'], ['close']],
  parse: bySchema(barRow),
};

export const instrumentDataset: Dataset<Instrument> = {
  columns: [
    'instrumentId',
    'name',
    'assetClass',
    'currency',
    'country',
    'sector',
    'issuer',
    'averageDailyVolume',
    'participationRate',
    'staleAfterDays',
    'contractMultiplier',
  ],
  required: [['instrumentId'], ['name'], ['assetClass'], ['currency']],
  parse: bySchema(instrumentRow),
};

/** A snapshot is its consecutive lines with one portfolio and sequence: positions, and cash as `currency` and `amount`. */
export const positionDataset: Dataset<PositionRow> = {
  columns: ['portfolioId', 'asOf', 'sequence', 'strategy', 'instrumentId', 'quantity', 'price', 'currency', 'amount'],
  required: [['portfolioId'], ['asOf'], ['sequence']],
  parse: parsePositionRow,
  groupOf: (row) => `${row.portfolioId} ${row.sequence}`,
};

export const fxRateDataset: Dataset<FxRate> = {
  columns: ['pair', 'time', 'rate'],
  required: [['pair'], ['time'], ['rate']],
  parse: bySchema(fxRate),
};
