import type { Instant } from '@risk-budget/contracts';
import type { Assessment } from '@risk-budget/market-data';
import type { Standing, StandingState } from './standing.types.js';

/** What a snapshot says of a limit. */
export interface StandingInput {
  readonly limitId: string;
  readonly portfolioId: string;
  readonly version: number;
  readonly snapshotId: string;
  readonly at: Instant;
  readonly inForce: boolean;
  readonly incomplete: boolean;
  /** The portfolio's present state has no figures: none of its limits is known to be kept. */
  readonly notEvaluable: boolean;
  /** Whether the limit has an unresolved breach after the snapshot. */
  readonly breached: boolean;
  /** Absent when nothing was held against the limit. */
  readonly assessment: Assessment | undefined;
}

/** How a limit stands after a snapshot. A figure that a snapshot does not have leaves the standing as it was. */
export function nextStanding(last: Standing | undefined, input: StandingInput): Standing {
  const { assessment } = input;
  const state = stateAfter(last, input);
  const figures =
    assessment?.kind === 'evaluated'
      ? { value: assessment.value, bound: assessment.bound, headroom: assessment.headroom }
      : { value: last?.value ?? null, bound: last?.bound ?? null, headroom: last?.headroom ?? null };
  const evaluated = assessment?.kind === 'evaluated';
  return {
    limitId: input.limitId,
    portfolioId: input.portfolioId,
    limitVersion: input.version,
    state,
    ...figures,
    since: last?.state === state ? last.since : input.at,
    at: evaluated || last === undefined || last.state !== state ? input.at : last.at,
    snapshotId: evaluated || last === undefined || last.state !== state ? input.snapshotId : last.snapshotId,
    heldSnapshotId: evaluated && state === 'compliant' ? input.snapshotId : (last?.heldSnapshotId ?? null),
  };
}

function stateAfter(last: Standing | undefined, input: StandingInput): StandingState {
  if (!input.inForce) return 'notInForce';
  if (input.breached) return 'breached';
  if (input.notEvaluable) return 'notEvaluated';
  if (input.incomplete) return 'incomplete';
  if (input.assessment?.kind === 'evaluated') return 'compliant';
  if (input.assessment?.reason === 'unbudgeted') return 'unbudgeted';
  const kept = last === undefined || last.state === 'notInForce' || last.state === 'incomplete';
  return kept ? 'notEvaluated' : last.state;
}
