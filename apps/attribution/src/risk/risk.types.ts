import { z } from 'zod';

/** By what risk is told apart. */
export const riskDimension = z.enum(['security', 'strategy', 'sector', 'issuer', 'factor']);
export type RiskDimension = z.infer<typeof riskDimension>;

/** One part of a portfolio's risk. */
export interface RiskLine {
  readonly name: string;
  /** `benchmark` and `specific` are what a dimension leaves. */
  readonly kind: RiskDimension | 'benchmark' | 'specific';
  /** Net, fraction of NAV; null for factors. */
  readonly weight: number | null;
  readonly gross: number | null;
  /** Euler contribution in the measure's unit; all of them sum to the total. */
  readonly component: number;
  /** Share of the total; null when that is 0. */
  readonly percentage: number | null;
  /** Of one more unit of weight, of a group pro rata to its positions' gross, of factor exposure; null where there is none. */
  readonly marginal: number | null;
  /** The figure less the figure with the part sold to cash; null for a factor. */
  readonly incremental: number | null;
  /** Of the part alone; null for what is no position. */
  readonly standalone: number | null;
  /** component = exposure × deviation × correlation; null for historical measures, which are no multiples of a deviation. */
  readonly xSigmaRho: XSigmaRhoLine | null;
}

export interface XSigmaRhoLine {
  /** Signed (active) weight of a security, gross weight of a group, factor exposure. */
  readonly exposure: number;
  /** Of one unit of it, in the measure's unit. */
  readonly deviation: number;
  /** With the portfolio, or its active part. */
  readonly correlation: number;
}

/** The risk of a portfolio by one dimension. */
export interface RiskBreakdown {
  readonly total: number;
  readonly lines: readonly RiskLine[];
}
