import { CodedError, NotFoundError, type FieldProblem } from '@risk-budget/contracts';

/** Every code of this package: its HTTP status and when it is met. Codes never change their meaning. */
export const marketDataErrors = {
  'MARKET_DATA.UNKNOWN_PORTFOLIO': {
    status: 404,
    description: 'The portfolio is not defined; positions that arrive before it are parked with this code.',
  },
  'MARKET_DATA.PORTFOLIO_NOT_YET_KNOWN': {
    status: 503,
    description:
      'The portfolio is not known and definitions wait to be handled here: tried again, and parked when they do not come within 30 s.',
  },
  'MARKET_DATA.UNKNOWN_INSTRUMENT': { status: 422, description: 'An instrument held or traded has no definition.' },
  'MARKET_DATA.UNKNOWN_BENCHMARK': { status: 404, description: 'Nothing is known of the benchmark.' },
  'MARKET_DATA.UNKNOWN_CALENDAR': {
    status: 422,
    description: 'A portfolio names a business calendar that is not known.',
  },
  'MARKET_DATA.UNKNOWN_MODEL': { status: 404, description: 'The risk model has not arrived here.' },
  'MARKET_DATA.UNKNOWN_LOAD': { status: 404, description: 'The file of a bulk load is gone.' },
  'MARKET_DATA.NO_POSITIONS': { status: 422, description: 'No position snapshot is known as of the moment.' },
  'MARKET_DATA.NO_PRICE': { status: 422, description: 'An instrument held or traded has no price as of the moment.' },
  'MARKET_DATA.NO_RATE': { status: 422, description: 'A foreign currency has no exchange rate as of the moment.' },
  'MARKET_DATA.NO_MODEL': { status: 422, description: 'No risk model of the policy is known as of the moment.' },
  'MARKET_DATA.NO_HISTORY': { status: 422, description: 'Fewer than two trading days are known.' },
  'MARKET_DATA.NAV_NOT_POSITIVE': { status: 422, description: 'The net asset value is not above 0.' },
  'MARKET_DATA.DIVIDEND_EXCEEDS_PRICE': {
    status: 422,
    description: 'A dividend is not below the price before its ex-date.',
  },
  'MARKET_DATA.MODEL_MALFORMED': { status: 422, description: 'The rows of a risk model do not make a matrix.' },
  'MARKET_DATA.LOAD_REJECTED': {
    status: 422,
    description: 'A row of a bulk file is not valid; `errors` names line and field.',
  },
} as const satisfies Record<string, { status: number; description: string }>;

export type MarketDataErrorCode = keyof typeof marketDataErrors;

/** An expected refusal of this package: the state of the data does not allow an answer. */
export class MarketDataError extends CodedError {
  declare readonly code: MarketDataErrorCode;

  constructor(
    code: MarketDataErrorCode,
    detail: string,
    options: { errors?: readonly FieldProblem[]; retryable?: boolean; cause?: unknown } = {},
  ) {
    super({ code, detail, status: marketDataErrors[code].status, ...options });
  }
}

/** A portfolio that nobody has defined; also the refusal of positions that arrive before their portfolio. */
export const unknownPortfolio = (portfolioId: string): NotFoundError =>
  new NotFoundError('portfolio', portfolioId, 'MARKET_DATA.UNKNOWN_PORTFOLIO');

/** The definition of a portfolio may be among those that this service has not handled yet. */
export const portfolioNotYetKnown = (portfolioId: string): MarketDataError =>
  new MarketDataError(
    'MARKET_DATA.PORTFOLIO_NOT_YET_KNOWN',
    `Portfolio '${portfolioId}' is not known here, and definitions of portfolios wait to be handled.`,
    { retryable: true },
  );

/** Positions in instruments without a definition. */
export const unknownInstruments = (ids: readonly string[]): MarketDataError =>
  new MarketDataError('MARKET_DATA.UNKNOWN_INSTRUMENT', `No definition is known of ${list(ids)}.`);

export const unknownBenchmark = (benchmarkId: string): NotFoundError =>
  new NotFoundError('benchmark', benchmarkId, 'MARKET_DATA.UNKNOWN_BENCHMARK');

export const unknownCalendar = (calendarId: string, known: readonly string[]): MarketDataError =>
  new MarketDataError('MARKET_DATA.UNKNOWN_CALENDAR', `There is no calendar '${calendarId}'.`, {
    errors: [{ field: 'calendar', problem: 'is not known', allowed: known.join(', ') }],
  });

export const unknownModel = (modelId: string): NotFoundError =>
  new NotFoundError('risk model', modelId, 'MARKET_DATA.UNKNOWN_MODEL');

export const unknownLoad = (loadId: string): NotFoundError =>
  new NotFoundError('bulk load', loadId, 'MARKET_DATA.UNKNOWN_LOAD');

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
