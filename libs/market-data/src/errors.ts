import { CodedError, NotFoundError, type FieldProblem } from '@risk-budget/contracts';

/** Codes of this package. They never change their meaning. */
export type MarketDataErrorCode =
  | 'MARKET_DATA.UNKNOWN_PORTFOLIO'
  | 'MARKET_DATA.UNKNOWN_INSTRUMENT'
  | 'MARKET_DATA.UNKNOWN_BENCHMARK'
  | 'MARKET_DATA.UNKNOWN_CALENDAR'
  | 'MARKET_DATA.UNKNOWN_MODEL'
  | 'MARKET_DATA.UNKNOWN_LOAD'
  | 'MARKET_DATA.NO_POSITIONS'
  | 'MARKET_DATA.NO_PRICE'
  | 'MARKET_DATA.NO_RATE'
  | 'MARKET_DATA.NO_MODEL'
  | 'MARKET_DATA.NO_HISTORY'
  | 'MARKET_DATA.NAV_NOT_POSITIVE'
  | 'MARKET_DATA.DIVIDEND_EXCEEDS_PRICE'
  | 'MARKET_DATA.MODEL_MALFORMED'
  | 'MARKET_DATA.NOT_LINEAR'
  | 'MARKET_DATA.LOAD_REJECTED';

/** An expected refusal of this package: the state of the data does not allow an answer. */
export class MarketDataError extends CodedError {
  declare readonly code: MarketDataErrorCode;

  constructor(
    code: MarketDataErrorCode,
    detail: string,
    options: { status?: number; errors?: readonly FieldProblem[]; retryable?: boolean; cause?: unknown } = {},
  ) {
    super({ code, detail, status: options.status ?? 422, ...without(options, 'status') });
  }
}

function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = value;
  return rest;
}

/** A portfolio that nobody has defined; also the refusal of positions that arrive before their portfolio. */
export const unknownPortfolio = (portfolioId: string): NotFoundError =>
  new NotFoundError('portfolio', portfolioId, 'MARKET_DATA.UNKNOWN_PORTFOLIO');

/** Positions in instruments without a definition. */
export const unknownInstruments = (ids: readonly string[]): MarketDataError =>
  new MarketDataError('MARKET_DATA.UNKNOWN_INSTRUMENT', `No definition is known of ${list(ids)}.`);

export const unknownBenchmark = (benchmarkId: string): MarketDataError =>
  new MarketDataError('MARKET_DATA.UNKNOWN_BENCHMARK', `Nothing is known of the benchmark '${benchmarkId}'.`);

export const unknownCalendar = (calendarId: string, known: readonly string[]): MarketDataError =>
  new MarketDataError('MARKET_DATA.UNKNOWN_CALENDAR', `There is no calendar '${calendarId}'.`, {
    errors: [{ field: 'calendar', problem: 'is not known', allowed: known.join(', ') }],
  });

export const unknownModel = (modelId: string): NotFoundError =>
  new NotFoundError('risk model', modelId, 'MARKET_DATA.UNKNOWN_MODEL');

export const noPositions = (portfolioId: string, asOf: string): MarketDataError =>
  new MarketDataError(
    'MARKET_DATA.NO_POSITIONS',
    `No positions of the portfolio '${portfolioId}' are known as of ${asOf}.`,
  );

export const noPrice = (ids: readonly string[], asOf: string): MarketDataError =>
  new MarketDataError('MARKET_DATA.NO_PRICE', `No price as of ${asOf} is known of ${list(ids)}.`);

export const noRate = (from: string, to: string, asOf: string): MarketDataError =>
  new MarketDataError('MARKET_DATA.NO_RATE', `No exchange rate from ${from} to ${to} is known as of ${asOf}.`);

export const noModel = (portfolioId: string, asOf: string): MarketDataError =>
  new MarketDataError(
    'MARKET_DATA.NO_MODEL',
    `No risk model of the portfolio '${portfolioId}' is known as of ${asOf}.`,
  );

export const navNotPositive = (portfolioId: string, nav: number): MarketDataError =>
  new MarketDataError(
    'MARKET_DATA.NAV_NOT_POSITIVE',
    `The net asset value of the portfolio '${portfolioId}' is ${nav}; weights are defined only above 0.`,
  );

function list(ids: readonly string[]): string {
  const shown = ids.slice(0, 10).map((id) => `'${id}'`);
  return ids.length > 10 ? `${shown.join(', ')} and ${ids.length - 10} more` : shown.join(', ');
}
