import {
  breachChanged,
  limitDefined,
  snapshotTaken,
  type Breach,
  type LimitDefinition,
  type UtilizationSnapshot,
} from '@risk-budget/contracts';
import { boundOf, figureOf, nodeOf } from '../evaluation/limit-figures.js';
import type { RunEvent } from '../events/run-events.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** An opening or a resolution that must have been published. */
interface Expected {
  readonly limit: LimitDefinition;
  readonly transition: 'opened' | 'resolved';
  readonly snapshot: UtilizationSnapshot;
  readonly value: number;
  readonly bound: number;
  readonly worst: number;
}

/**
 * Holds every limit against every snapshot and compares the openings and resolutions with the published ones, both ways. Beyond is strictly
 * beyond; a breach closes when the figure is `hysteresis × |bound|` inside; an incomplete snapshot decides nothing.
 */
export function checkBreaches({ events }: RunContext): Check[] {
  const check = new CheckRecorder('breaches opened and resolved: none missing, none invented');
  const published = new Map<string, RunEvent<Breach>>();
  for (const event of events.of(breachChanged)) {
    const { transition, limitId, snapshotId } = event.data;
    if (transition !== 'opened' && transition !== 'resolved') continue;
    const key = `${transition} ${limitId} ${snapshotId}`;
    check.expect(!published.has(key), () => `${key}: published twice`);
    published.set(key, event);
  }
  for (const expected of expectedTransitions(events.of(limitDefined), events.of(snapshotTaken))) {
    const { limit, transition, snapshot } = expected;
    const key = `${transition} ${limit.limitId} ${snapshot.snapshotId}`;
    const found = published.get(key)?.data;
    published.delete(key);
    check.expect(found !== undefined, () => `missing: ${limit.limitId} ${transition} at ${snapshot.asOf}`);
    if (found !== undefined) compare(check, `${limit.limitId} ${transition} at ${snapshot.asOf}`, found, expected);
  }
  for (const { data } of published.values()) {
    check.expect(false, () => `invented: ${data.limitId} ${data.transition} at ${data.at}`);
  }
  return [check.result()];
}

function compare(check: CheckRecorder, name: string, found: Breach, expected: Expected): void {
  const { limit, snapshot } = expected;
  check.figure(`${name} value`, found.value, expected.value);
  check.figure(`${name} bound`, found.bound, expected.bound);
  check.figure(`${name} worst value`, found.worstValue, expected.worst);
  check.expect(
    found.at === snapshot.asOf &&
      found.nodeId === nodeOf(limit) &&
      found.severity === limit.severity &&
      found.limitVersion === limit.version &&
      found.portfolioId === snapshot.portfolioId,
    () => `${name}: time, node, severity, version or portfolio differ`,
  );
}

function expectedTransitions(
  definitions: readonly RunEvent<LimitDefinition>[],
  snapshots: readonly RunEvent<UtilizationSnapshot>[],
): Expected[] {
  const expected: Expected[] = [];
  const open = new Map<string, number>();
  const limitIds = [...new Set(definitions.map(({ data }) => data.limitId))];
  for (const { data: snapshot } of snapshots) {
    if (snapshot.state === 'incomplete') continue;
    for (const limitId of limitIds) {
      const limit = inForce(definitions, limitId, snapshot);
      if (limit === undefined) continue;
      const value = figureOf(limit, snapshot);
      const bound = boundOf(limit, snapshot);
      if (value === undefined || bound === undefined) continue;
      const upper = limit.direction === 'upper';
      const inside = upper ? bound - value : value - bound;
      const worstBefore = open.get(limitId);
      if (worstBefore === undefined) {
        if (inside >= 0) continue;
        open.set(limitId, value);
        expected.push({ limit, transition: 'opened', snapshot, value, bound, worst: value });
        continue;
      }
      const worst = upper ? Math.max(worstBefore, value) : Math.min(worstBefore, value);
      open.set(limitId, worst);
      if (inside < limit.hysteresis * Math.abs(bound)) continue;
      open.delete(limitId);
      expected.push({ limit, transition: 'resolved', snapshot, value, bound, worst });
    }
  }
  return expected;
}

/** The definition of a limit that counts for a snapshot. */
function inForce(
  definitions: readonly RunEvent<LimitDefinition>[],
  limitId: string,
  snapshot: UtilizationSnapshot,
): LimitDefinition | undefined {
  const latest = definitions
    .filter(({ envelope, data }) => data.limitId === limitId && envelope.time <= snapshot.asOf)
    .at(-1)?.data;
  if (latest === undefined || latest.status !== 'active' || latest.portfolioId !== snapshot.portfolioId)
    return undefined;
  const ended = latest.effectiveTo !== undefined && latest.effectiveTo <= snapshot.asOf;
  return latest.effectiveFrom <= snapshot.asOf && !ended ? latest : undefined;
}
