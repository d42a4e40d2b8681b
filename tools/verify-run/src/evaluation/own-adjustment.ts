import type { DynamicPolicyFinding } from '../inputs/rest-findings.js';

type Rules = DynamicPolicyFinding['rules'];

/** What a policy follows; undefined where nothing has been published yet. */
export interface OwnReading {
  /** Of the regimes, the calmest first. */
  readonly probabilities: readonly number[] | undefined;
  readonly volatilityAnnual: number | undefined;
}

/** Where a factor goes, and where the rules would have it at once. */
export interface OwnDecision {
  readonly wanted: number;
  readonly factor: number;
}

const nothing = 1e-12;

/** The part of the budget that the rules want: the smaller of both, no more than the whole, no less than the minimum. */
export function wantedFactor(rules: Rules, { probabilities, volatilityAnnual }: OwnReading): number | undefined {
  const wishes: number[] = [];
  const { regime, volatility } = rules;
  if (regime !== undefined && probabilities?.length === regime.factors.length) {
    const likeliest = probabilities.indexOf(Math.max(...probabilities));
    const expected = probabilities.reduce((sum, part, state) => sum + part * (regime.factors[state] ?? NaN), 0);
    wishes.push(regime.rule === 'mostLikely' ? (regime.factors[likeliest] ?? NaN) : expected);
  }
  if (volatility !== undefined && volatilityAnnual !== undefined)
    wishes.push(volatility.targetAnnual / volatilityAnnual);
  if (wishes.length === 0) return undefined;
  return Math.min(1, Math.max(rules.minimumFactor, Math.min(...wishes)));
}

/**
 * What a look at the market does: nothing within the band (but for the way back to the whole) or before the dwell is over, else at most
 * one step towards what is wanted.
 *
 * @param businessDays since the last adjustment; undefined before the first
 * @returns undefined where the factor stays
 */
export function ownDecision(
  rules: Rules,
  factor: number,
  businessDays: number | undefined,
  reading: OwnReading,
): OwnDecision | undefined {
  const wanted = wantedFactor(rules, reading);
  if (wanted === undefined) return undefined;
  const distance = Math.abs(wanted - factor);
  if (distance < nothing || (distance < rules.band && wanted < 1)) return undefined;
  if (businessDays !== undefined && businessDays < rules.minimumDwellDays) return undefined;
  if (distance <= rules.maximumStep) return { wanted, factor: wanted };
  return { wanted, factor: wanted > factor ? factor + rules.maximumStep : factor - rules.maximumStep };
}
