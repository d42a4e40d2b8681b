import type { ForecastSubject } from '@risk-budget/contracts';

/**
 * What is forecast: a fixed set of weights whose past and future returns are those of its instruments. One instrument, a market,
 * a factor (a fund less the market) and a portfolio (today's holdings × past returns) are all of this form.
 */
export interface Subject extends ForecastSubject {
  /** Returns are in this currency. */
  readonly currency: string;
  /** Signed, fractions of NAV; cash has none. */
  readonly weights: ReadonlyMap<string, number>;
}

/** The key of a subject in maps. */
export function subjectKey({ kind, subjectId }: ForecastSubject): string {
  return `${kind}/${subjectId}`;
}

/** Something that could not be forecast, and why. */
export interface Refusal extends ForecastSubject {
  readonly code: string;
  readonly detail: string;
}
