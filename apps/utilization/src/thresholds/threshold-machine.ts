import type { RiskPolicy, UtilizationAlert, UtilizationState } from '@risk-budget/contracts';

/** Amber and red, and how far a node must fall back before it leaves them. */
export type Thresholds = RiskPolicy['thresholds'];

/** States that a utilization can put a node in, from the calmest to the worst. */
type Level = Exclude<UtilizationState, 'unbudgeted'>;

interface LevelRule {
  readonly level: Level;
  /** Utilization beyond which a node enters the level. */
  readonly threshold: (thresholds: Thresholds) => number;
}

/** The levels above green. A node stands in the worst one that it has entered and not left again. */
const levelRules: readonly LevelRule[] = [
  { level: 'amber', threshold: ({ amber }) => amber },
  { level: 'red', threshold: ({ red }) => red },
];

const severity: Readonly<Record<Level, number>> = { green: 0, amber: 1, red: 2 };

/**
 * What an alert calls each change of state. A pair that is not listed does not happen: a state never changes into itself, and
 * everything else is listed.
 */
const alertKinds: Readonly<Record<UtilizationState, Partial<Record<UtilizationState, UtilizationAlert['kind']>>>> = {
  green: { amber: 'thresholdUp', red: 'thresholdUp', unbudgeted: 'unbudgeted' },
  amber: { green: 'thresholdDown', red: 'thresholdUp', unbudgeted: 'unbudgeted' },
  red: { green: 'thresholdDown', amber: 'thresholdDown', unbudgeted: 'unbudgeted' },
  unbudgeted: { green: 'thresholdDown', amber: 'thresholdUp', red: 'thresholdUp' },
};

/** Rounding that does not count as beyond: a node exactly on its budget stays on the same side whatever the last bits are. */
const relativeTolerance = 1e-9;

/**
 * The state after a utilization has been seen. A level is entered strictly beyond its threshold, as a limit is breached strictly beyond
 * its bound, and left at `threshold × (1 − hysteresis)` or below.
 *
 * @param previous state before; a node seen for the first time is `green`
 * @param utilization max(0, consumption) / budget; `null` when there is no budget to hold the consumption against
 * @param mayFall false on an incomplete snapshot: a figure that leaves positions out calms nothing down
 */
export function nextState(
  previous: UtilizationState,
  utilization: number | null,
  thresholds: Thresholds,
  mayFall = true,
): UtilizationState {
  if (utilization === null) return 'unbudgeted';
  const standing = previous === 'unbudgeted' ? 0 : severity[previous];
  let level: Level = 'green';
  for (const rule of levelRules) {
    const threshold = rule.threshold(thresholds);
    const entered = utilization > threshold * (1 + relativeTolerance);
    const notLeft =
      standing >= severity[rule.level] &&
      utilization > threshold * (1 - thresholds.hysteresis) * (1 + relativeTolerance);
    if (entered || notLeft) level = rule.level;
  }
  return !mayFall && severity[level] < standing ? previous : level;
}

/** Values between which, both excluded, something stays as it is. */
export interface Band {
  readonly low: number;
  readonly high: number;
}

/** The utilizations with which {@link nextState} leaves a state as it is. */
export function standingBand(state: Exclude<UtilizationState, 'unbudgeted'>, thresholds: Thresholds): Band {
  const standing = levelRules.find(({ level }) => level === state);
  const next = levelRules.find(({ level }) => severity[level] === severity[state] + 1);
  return {
    low:
      standing === undefined
        ? -Infinity
        : standing.threshold(thresholds) * (1 - thresholds.hysteresis) * (1 + relativeTolerance),
    high: next === undefined ? Infinity : next.threshold(thresholds) * (1 + relativeTolerance),
  };
}

/** The alert that a change of state is. @returns null when the state has not changed */
export function alertKindOf(from: UtilizationState, to: UtilizationState): UtilizationAlert['kind'] | null {
  return from === to ? null : (alertKinds[from][to] ?? null);
}

/** Whether a utilization is within `distance` (relative) of a threshold, on either side. */
export function isNearThreshold(utilization: number | null, thresholds: Thresholds, distance: number): boolean {
  if (utilization === null) return false;
  return levelRules.some(({ threshold }) => {
    const value = threshold(thresholds);
    return Math.abs(utilization - value) <= distance * value;
  });
}
