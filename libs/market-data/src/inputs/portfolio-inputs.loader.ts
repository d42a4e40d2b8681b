import type { Tx } from '@risk-budget/persistence';
import type { PortfolioInputs, PortfolioInputsQuery, Trade } from './portfolio-inputs.types.js';

/** Builds the input of a portfolio's evaluation from the stores. */
export abstract class PortfolioInputsLoader {
  /**
   * @throws MarketDataError `UNKNOWN_PORTFOLIO`, `UNKNOWN_INSTRUMENT`, `NO_POSITIONS`, `NO_PRICE`, `NO_RATE`, `NO_MODEL`,
   *   `NAV_NOT_POSITIVE` (each with the prefix `MARKET_DATA.`)
   */
  abstract load(query: PortfolioInputsQuery, tx?: Tx): Promise<PortfolioInputs>;
  /** The same inputs after some trades, at the marks of `inputs`; marks of instruments not held are read as of the same moment. */
  abstract withTrades(inputs: PortfolioInputs, trades: readonly Trade[], tx?: Tx): Promise<PortfolioInputs>;
}
