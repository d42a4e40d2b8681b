import { dateOf, type Instrument } from '@risk-budget/contracts';
import { daysBetween } from '../calendar/days.js';
import { navNotPositive, noPrice, noRate } from '../errors.js';
import type { Conversion } from '../rates/fx.store.js';
import type { CashInput, InputMark, PositionInput } from './portfolio-inputs.types.js';
import type { PartMark, PortfolioParts } from './portfolio-parts.js';

/** The sector of instruments that have none. */
export const UNCLASSIFIED_SECTOR = 'Unclassified';

/** Positions and cash valued in base currency. */
export interface Valuation {
  readonly nav: number;
  readonly cash: number;
  readonly cashBalances: readonly CashInput[];
  /** Without what the model says of them. */
  readonly positions: readonly Omit<PositionInput, 'modelled' | 'proxied'>[];
  readonly marks: readonly InputMark[];
  readonly priceTime: string;
  readonly stalePrices: readonly string[];
  readonly daysToLiquidate: number | null;
}

/**
 * Values a portfolio: quantity × raw price × contract multiplier × rate, plus cash.
 *
 * @throws MarketDataError `MARKET_DATA.NO_PRICE`, `MARKET_DATA.NO_RATE`, `MARKET_DATA.NAV_NOT_POSITIVE`
 */
export function valuationOf(parts: PortfolioParts): Valuation {
  const { at, portfolio } = parts;
  const unpriced = parts.positions.filter(({ instrumentId }) => !parts.marks.has(instrumentId));
  if (unpriced.length > 0) throw noPrice([...new Set(unpriced.map(({ instrumentId }) => instrumentId))], at.asOf);
  const values = parts.positions.map((holding) => {
    const instrument = required(parts.instruments.get(holding.instrumentId));
    const mark = required(parts.marks.get(holding.instrumentId));
    const rate = rateOf(instrument.currency, parts);
    const contractMultiplier = Number(instrument.contractMultiplier);
    const value = Number(holding.quantity) * mark.price * contractMultiplier * rate.rate;
    return { holding, instrument, mark, rate, contractMultiplier, value };
  });
  const cashBalances = [...parts.cash].map(([currency, amount]) => {
    const { rate } = rateOf(currency, parts);
    return { currency, amount, rate, value: Number(amount) * rate };
  });
  const cash = cashBalances.reduce((sum, balance) => sum + balance.value, 0);
  const nav = values.reduce((sum, { value }) => sum + value, cash);
  if (!(nav > 0)) throw navNotPositive(portfolio.portfolioId, nav);
  const positions = values.map(({ holding, instrument, mark, rate, contractMultiplier, value }) => ({
    strategy: holding.strategy,
    sector: instrument.sector ?? UNCLASSIFIED_SECTOR,
    issuer: instrument.issuer ?? instrument.instrumentId,
    instrumentId: instrument.instrumentId,
    currency: instrument.currency,
    quantity: holding.quantity,
    contractMultiplier,
    price: mark.price,
    priceTime: mark.time,
    rate: rate.rate,
    value,
    weight: value / nav,
    daysToLiquidate: daysToLiquidate(holding.quantity, instrument),
    stale: isStale(instrument, mark, rate, at.asOf),
  }));
  return {
    nav,
    cash,
    cashBalances,
    positions,
    marks: marksOf(positions),
    priceTime: positions.reduce(
      (newest, { priceTime }) => (Date.parse(priceTime) > Date.parse(newest) ? priceTime : newest),
      positions[0]?.priceTime ?? parts.holdings.statedAt,
    ),
    stalePrices: [...new Set(positions.filter(({ stale }) => stale).map(({ instrumentId }) => instrumentId))].sort(),
    daysToLiquidate: positions.reduce<number | null>(
      (slowest, { daysToLiquidate: days }) => (days === null ? slowest : Math.max(slowest ?? 0, days)),
      null,
    ),
  };
}

/** |quantity| / (average daily volume × participation rate); null when no volume is known or none of it may be taken. */
export function daysToLiquidate(quantity: string, { liquidity }: Pick<Instrument, 'liquidity'>): number | null {
  if (liquidity === undefined) return null;
  const perDay = Number(liquidity.averageDailyVolume) * liquidity.participationRate;
  return perDay > 0 ? Math.abs(Number(quantity)) / perDay : null;
}

/** Whether the price, or the rate it is converted with, is older than the instrument allows, in calendar days. */
function isStale(instrument: Instrument, mark: PartMark, rate: Conversion, asOf: string): boolean {
  const today = dateOf(asOf);
  return [mark.time, rate.time].some((time) => daysBetween(dateOf(time), today) > instrument.staleAfterDays);
}

function marksOf(positions: Valuation['positions']): InputMark[] {
  const marks = new Map<string, InputMark>();
  for (const { instrumentId, price, priceTime, currency, rate } of positions) {
    marks.set(instrumentId, { instrumentId, price, time: priceTime, currency, rate });
  }
  return [...marks.values()].sort((a, b) => (a.instrumentId < b.instrumentId ? -1 : 1));
}

function rateOf(currency: string, parts: PortfolioParts): Conversion {
  const rate = parts.rates.get(currency);
  if (rate === undefined) throw noRate(currency, parts.portfolio.baseCurrency, parts.at.asOf);
  return rate;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a part of the portfolio was not loaded');
  return value;
}
