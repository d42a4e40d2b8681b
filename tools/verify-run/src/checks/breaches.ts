import { breachChanged, limitDefined, type Breach, type LimitDefinition } from '@risk-budget/contracts';
import { nodeOf } from '../evaluation/limit-figures.js';
import { byLimit, inForce } from '../evaluation/limits-in-force.js';
import { snapshotMoments, stressMoments, type Moment } from '../evaluation/limit-moments.js';
import type { RunEvent } from '../events/run-events.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** An opening or a resolution that must have been published. */
interface Expected {
  readonly limit: LimitDefinition;
  readonly transition: 'opened' | 'resolved';
  readonly at: string;
  readonly moment: Moment;
  readonly value: number;
  readonly bound: number;
  readonly worst: number;
}

/**
 * Holds every limit against every snapshot, or against every daily stress run, and at every change of its bound against the latest one, and compares the openings and
 * resolutions with the published ones, both ways. Beyond is strictly beyond; a breach closes when the figure is `hysteresis × |bound|`
 * inside; an incomplete snapshot decides nothing.
 */
export function checkBreaches({ events }: RunContext): Check[] {
  const check = new CheckRecorder('breaches opened and resolved: none missing, none invented');
  const published = new Map<string, RunEvent<Breach>>();
  for (const event of events.of(breachChanged)) {
    const { transition, limitId, snapshotId, at } = event.data;
    if (transition !== 'opened' && transition !== 'resolved') continue;
    const key = keyOf({ transition, limitId, snapshotId, at });
    check.expect(!published.has(key), () => `${key}: published twice`);
    published.set(key, event);
  }
  const snapshots = snapshotMoments(events);
  const runs = stressMoments(events);
  for (const definitions of byLimit(events.of(limitDefined))) {
    const moments = definitions[0]?.data.measure === 'stressLoss' ? runs : snapshots;
    for (const expected of expectedTransitions(definitions, moments, (key) => published.has(key))) {
      const { limit, transition, at } = expected;
      const key = keyOfExpected(expected);
      const found = published.get(key)?.data;
      published.delete(key);
      check.expect(found !== undefined, () => `missing: ${limit.limitId} ${transition} at ${at}`);
      if (found !== undefined) compare(check, `${limit.limitId} ${transition} at ${at}`, found, expected);
    }
  }
  for (const { data } of published.values()) {
    check.expect(false, () => `invented: ${data.limitId} ${data.transition} at ${data.at}`);
  }
  return [check.result()];
}

function keyOf(of: { transition: string; limitId: string; snapshotId: string; at: string }): string {
  return `${of.transition} ${of.limitId} ${of.snapshotId} at ${of.at}`;
}

function keyOfExpected({ transition, limit, moment, at }: Expected): string {
  return keyOf({ transition, limitId: limit.limitId, snapshotId: moment.id, at });
}

function compare(check: CheckRecorder, name: string, found: Breach, expected: Expected): void {
  const { limit, moment, at } = expected;
  check.figure(`${name} value`, found.value, expected.value);
  check.figure(`${name} bound`, found.bound, expected.bound);
  check.figure(`${name} worst value`, found.worstValue, expected.worst);
  check.expect(
    found.at === at &&
      found.nodeId === nodeOf(limit) &&
      found.severity === limit.severity &&
      found.limitVersion === limit.version &&
      found.portfolioId === moment.portfolioId,
    () => `${name}: time, node, severity, version or portfolio differ`,
  );
}

/** The openings and resolutions of one limit. */
function expectedTransitions(
  definitions: readonly RunEvent<LimitDefinition>[],
  all: readonly Moment[],
  isPublished: (key: string) => boolean,
): Expected[] {
  const moments = all.filter(({ portfolioId }) => portfolioId === definitions[0]?.data.portfolioId);
  const expected: Expected[] = [];
  let open: number | undefined;
  const advance = (at: string, candidates: readonly Moment[]): void => {
    const limit = inForce(definitions, at);
    if (limit === undefined) return;
    const outcomes = candidates.map((moment) => outcomeOf(limit, moment, at, open));
    // Of a snapshot and a decision of the same instant nobody can say which was first: both orders are right.
    const outcome =
      outcomes.find((one) => one.transition !== undefined && isPublished(keyOfExpected(one.transition))) ??
      outcomes.find((one) => one.transition === undefined) ??
      outcomes[0];
    if (outcome === undefined) return;
    open = outcome.open;
    if (outcome.transition !== undefined) expected.push(outcome.transition);
  };
  const changes = changesOf(definitions);
  for (const [index, moment] of moments.entries()) {
    while (changes[0] !== undefined && changes[0] <= moment.asOf) {
      const at = changes.shift() ?? '';
      const sameInstant = moments.slice(index).filter(({ asOf }) => asOf === at);
      advance(at, [...latestBefore(definitions, moments.slice(0, index)), ...sameInstant]);
    }
    advance(moment.asOf, [moment]);
  }
  for (const at of changes) advance(at, latestBefore(definitions, moments));
  return expected;
}

/** Instants at which the bound of a limit may have changed, in order: decisions, and what begins or ends by its date. */
function changesOf(definitions: readonly RunEvent<LimitDefinition>[]): string[] {
  const decided = definitions.map(({ envelope }) => envelope.time);
  const dated = definitions.flatMap(({ data }) => [
    data.effectiveFrom,
    ...(data.overrides ?? []).flatMap((override) => [override.effectiveFrom, override.effectiveTo]),
  ]);
  const [first = ''] = decided;
  return [...new Set([...decided, ...dated])].filter((at) => at >= first).sort();
}

/** The newest moment; for a node that it leaves out, the last one that had it. None while the newest is incomplete. */
function latestBefore(definitions: readonly RunEvent<LimitDefinition>[], before: readonly Moment[]): Moment[] {
  const newest = before.at(-1);
  const limit = definitions[0]?.data;
  if (newest === undefined || limit === undefined || newest.incomplete) return [];
  return [before.findLast((moment) => moment.knows(nodeOf(limit))) ?? newest];
}

/** What a moment does to a limit at an instant. `open` is the worst value of its open breach, before and after. */
function outcomeOf(
  limit: LimitDefinition,
  moment: Moment,
  at: string,
  open: number | undefined,
): { readonly open: number | undefined; readonly transition?: Expected } {
  const value = moment.figureOf(limit);
  const bound = moment.boundOf(limit, at);
  if (moment.incomplete || value === undefined || bound === undefined) return { open };
  const upper = limit.direction === 'upper';
  const inside = upper ? bound - value : value - bound;
  const facts = { limit, at, moment, value, bound };
  if (open === undefined) {
    if (inside >= 0) return { open };
    return { open: value, transition: { ...facts, transition: 'opened', worst: value } };
  }
  const worst = upper ? Math.max(open, value) : Math.min(open, value);
  if (inside < limit.hysteresis * Math.abs(bound)) return { open: worst };
  return { open: undefined, transition: { ...facts, transition: 'resolved', worst } };
}
