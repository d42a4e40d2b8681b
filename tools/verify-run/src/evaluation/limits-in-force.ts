import type { LimitDefinition } from '@risk-budget/contracts';
import type { RunEvent } from '../events/run-events.js';

/** What was told of each limit, in order. */
export function byLimit(definitions: readonly RunEvent<LimitDefinition>[]): RunEvent<LimitDefinition>[][] {
  const limitIds = [...new Set(definitions.map(({ data }) => data.limitId))];
  return limitIds.map((limitId) => definitions.filter(({ data }) => data.limitId === limitId));
}

/** The definition of a limit that counts at an instant. */
export function inForce(definitions: readonly RunEvent<LimitDefinition>[], at: string): LimitDefinition | undefined {
  const latest = definitions.filter(({ envelope }) => envelope.time <= at).at(-1)?.data;
  if (latest === undefined || latest.status !== 'active') return undefined;
  const ended = latest.effectiveTo !== undefined && latest.effectiveTo <= at;
  return latest.effectiveFrom <= at && !ended ? latest : undefined;
}
