import type { DynamicRules } from '../dynamic-policies/dynamic-policy.schemas.js';

/** Where the factor of a plan stands. */
export interface FactorState {
  /** Of the approved total budget, in (0, 1]. */
  readonly factor: number;
  /** Business days since the last adjustment of this plan; null when it has none. */
  readonly daysSinceAdjustment: number | null;
}

/** What is known of the market; undefined where a rule's estimate has not come yet. */
export interface MarketReading {
  /** Filtered probabilities of the regimes, the calmest first. */
  readonly probabilities: readonly number[] | undefined;
  /** Forecast volatility, per year. */
  readonly volatilityAnnual: number | undefined;
}

export type FactorDecision =
  | { readonly kind: 'hold'; readonly wanted: number | null; readonly reason: string }
  | { readonly kind: 'adjust'; readonly wanted: number; readonly factor: number; readonly reason: string };

/** A change of the factor below this is none. */
const NOTHING = 1e-12;

/**
 * Where the factor goes: to the smallest that its rules want, no lower than the minimum, at most one step at a time, and only when the
 * distance reaches the band and the dwell is over. The factor is at most 1 in every state.
 *
 * A missing estimate of one rule leaves the other; when none is known the factor stays.
 */
export function decideFactor(rules: DynamicRules, state: FactorState, reading: MarketReading): FactorDecision {
  const wishes = [regimeWish(rules, reading), volatilityWish(rules, reading)].filter((wish) => wish !== undefined);
  if (wishes.length === 0)
    return { kind: 'hold', wanted: null, reason: 'no estimate that the policy follows is known' };
  const smallest = Math.min(...wishes.map((wish) => wish.factor));
  const wanted = Math.min(1, Math.max(rules.minimumFactor, smallest));
  const because = [
    ...wishes.map((wish) => wish.reason),
    ...(wanted > smallest ? [`not below the minimum ${shown(rules.minimumFactor)}`] : []),
  ].join('; ');
  const distance = wanted - state.factor;
  if (Math.abs(distance) < NOTHING) return { kind: 'hold', wanted, reason: because };
  // The way back to the whole budget is free of the band: otherwise a rest of it would never return.
  if (Math.abs(distance) < rules.band && wanted < 1) {
    return { kind: 'hold', wanted, reason: `${because}; within the band ${shown(rules.band)}` };
  }
  if (state.daysSinceAdjustment !== null && state.daysSinceAdjustment < rules.minimumDwellDays) {
    return {
      kind: 'hold',
      wanted,
      reason: `${because}; ${state.daysSinceAdjustment} of ${rules.minimumDwellDays} days since the last`,
    };
  }
  const step = Math.min(Math.abs(distance), rules.maximumStep);
  const factor = step === Math.abs(distance) ? wanted : state.factor + Math.sign(distance) * step;
  const limited = factor === wanted ? '' : `; one step of ${shown(rules.maximumStep)}`;
  return { kind: 'adjust', wanted, factor, reason: `${because}: ${shown(state.factor)} to ${shown(factor)}${limited}` };
}

interface Wish {
  readonly factor: number;
  readonly reason: string;
}

function regimeWish({ regime }: DynamicRules, { probabilities }: MarketReading): Wish | undefined {
  if (regime === undefined || probabilities?.length !== regime.factors.length) return undefined;
  const said = `regimes of ${regime.subjectId} ${probabilities.map(shown).join(' / ')}`;
  if (regime.rule === 'mostLikely') {
    const state = mostLikely(probabilities);
    return { factor: regime.factors[state] ?? 1, reason: `${said}, state ${state}` };
  }
  const factor = probabilities.reduce((sum, probability, k) => sum + probability * (regime.factors[k] ?? 1), 0);
  return { factor: Math.min(1, factor), reason: `${said}, expected factor ${shown(factor)}` };
}

function volatilityWish({ volatility }: DynamicRules, { volatilityAnnual }: MarketReading): Wish | undefined {
  if (volatility === undefined || volatilityAnnual === undefined) return undefined;
  const { targetAnnual, subjectId, horizonDays } = volatility;
  const factor = volatilityAnnual > targetAnnual ? targetAnnual / volatilityAnnual : 1;
  return {
    factor,
    reason: `volatility of ${subjectId} over ${horizonDays} days ${shown(volatilityAnnual)} against ${shown(targetAnnual)}`,
  };
}

/** The state of the largest probability, the calmer one of equals. */
export function mostLikely(probabilities: readonly number[]): number {
  return probabilities.indexOf(Math.max(...probabilities));
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}
