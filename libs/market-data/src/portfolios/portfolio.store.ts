import type { Portfolio } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import type { Source } from '../common/as-of.js';

/** Portfolios and every revision of their description. */
export abstract class PortfolioStore {
  /** Stores a description as known from the source's time. @returns false when it is what was known already */
  abstract put(portfolio: Portfolio, source: Source, tx?: Tx): Promise<boolean>;
  /** The description known at `knownAt`; the newest when absent. */
  abstract find(portfolioId: string, knownAt?: string, tx?: Tx): Promise<Portfolio | undefined>;
  /** @throws NotFoundError `MARKET_DATA.UNKNOWN_PORTFOLIO` */
  abstract get(portfolioId: string, knownAt?: string, tx?: Tx): Promise<Portfolio>;
  /** All portfolios, by id. */
  abstract list(knownAt?: string, tx?: Tx): Promise<Portfolio[]>;
}
