import type { BusinessDate, Instant, Portfolio, RiskModel, RiskPolicy } from '@risk-budget/contracts';
import type { PortfolioEvaluationInput } from '@risk-budget/risk-math';
import type { AsOf } from '../common/as-of.js';
import type { LoadedRiskModel } from '../models/risk-model.store.js';

export interface PortfolioInputsQuery {
  readonly portfolioId: string;
  readonly at: AsOf;
  /** Its confidence, horizon, quantile rule and historical window are used. */
  readonly policy: RiskPolicy;
  /** The newest of the portfolio and policy when absent. */
  readonly model?: LoadedRiskModel;
  /** False leaves the historical scenarios out. Default true. */
  readonly historical?: boolean;
  /** Ids of the events of ticks that are left out, as if they had not come yet. */
  readonly unseenTicks?: readonly string[];
  /** What to build again exactly as a stored number names it. */
  readonly lineage?: InputsLineage;
  /** Instruments that the model must have besides, through stand-ins where it lacks them. */
  readonly alsoModelled?: readonly string[];
}

/** The positions and prices that a stored number names. */
export interface InputsLineage {
  /** Statements after this one are left out. */
  readonly positionSequence: number;
  /** Prices and rates of everything held, in place of the stores' own. */
  readonly marks: readonly InputMark[];
}

/** One position with everything that its figures rest on. */
export interface PositionInput {
  readonly strategy: string;
  readonly sector: string;
  readonly issuer: string;
  readonly instrumentId: string;
  readonly currency: string;
  /** Signed, exact decimal. */
  readonly quantity: string;
  readonly contractMultiplier: number;
  /** Raw price in the instrument's currency. */
  readonly price: number;
  readonly priceTime: Instant;
  /** Base currency for one unit of the instrument's currency. */
  readonly rate: number;
  /** quantity × price × multiplier × rate. */
  readonly value: number;
  readonly weight: number;
  /** |quantity| / (average daily volume × participation rate); null when no volume is known. */
  readonly daysToLiquidate: number | null;
  readonly stale: boolean;
  /** Whether the model has the instrument. */
  readonly modelled: boolean;
  /** Whether a sector proxy stands for it. */
  readonly proxied: boolean;
}

export interface InputMark {
  readonly instrumentId: string;
  readonly price: number;
  readonly time: Instant;
  readonly currency: string;
  readonly rate: number;
}

export interface CashInput {
  readonly currency: string;
  /** Exact decimal, dividends included. */
  readonly amount: string;
  readonly rate: number;
  /** In base currency. */
  readonly value: number;
}

/** Lineage of the historical scenarios. */
export interface HistoricalWindow {
  readonly start: BusinessDate;
  readonly end: BusinessDate;
  readonly scenarios: number;
  readonly independentWindows: number;
}

/** All that stands behind a portfolio's risk figures at a moment. */
export interface PortfolioInputs {
  readonly portfolio: Portfolio;
  readonly at: AsOf;
  readonly policy: RiskPolicy;
  readonly model: RiskModel;
  /** In base currency, above 0: positions and cash. */
  readonly nav: number;
  /** In base currency. */
  readonly cash: number;
  readonly cashBalances: readonly CashInput[];
  readonly positions: readonly PositionInput[];
  readonly marks: readonly InputMark[];
  /** Time of the newest mark. */
  readonly priceTime: Instant;
  readonly stalePrices: readonly string[];
  /** Instruments held that the model does not have; a sector proxy from the model's own members stands for each. */
  readonly unmodelled: readonly string[];
  /** Gross with a model / gross; 1 for a portfolio without positions. */
  readonly modelledShare: number;
  /** Gross that rests on a proxy / gross. */
  readonly proxiedShare: number;
  readonly positionSequence: number;
  readonly positionGaps: readonly number[];
  /** Of the slowest position; null when no volume is known. */
  readonly daysToLiquidate: number | null;
  readonly historicalWindow: HistoricalWindow | null;
  /** Why tracking error is absent although the portfolio has a benchmark. */
  readonly benchmarkProblem: string | null;
  /** Exactly what `evaluatePortfolio` of risk-math takes. */
  readonly evaluation: PortfolioEvaluationInput;
}

/** A trade for a what-if: cash falls by quantityChange × price × multiplier. */
export interface Trade {
  readonly strategy: string;
  readonly instrumentId: string;
  /** Signed decimal. */
  readonly quantityChange: string;
  /** In the instrument's currency; the mark when absent. */
  readonly price?: string;
}
