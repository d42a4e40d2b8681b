import type { UtilizationAlert } from '@risk-budget/contracts';
import { instrumentNodeId, PORTFOLIO_NODE_ID } from '@risk-budget/risk-math';
import type { StateChange } from '../nodes/node-states.js';
import { alertKindOf } from '../thresholds/threshold-machine.js';
import type { AlertMemory } from './alert-memory.js';

/** An alert before it has an id, a portfolio and a snapshot. */
export type AlertFinding = Pick<
  UtilizationAlert,
  'kind' | 'nodeId' | 'measure' | 'from' | 'to' | 'utilization' | 'detail' | 'notEvaluable'
>;

/** What a snapshot says about the things that are alerted. */
export interface AlertObservation {
  readonly changes: readonly StateChange[];
  readonly complete: boolean;
  readonly modelledShare: number;
  readonly modelledShareFloor: number;
  readonly hasPlan: boolean;
  readonly stalePrices: readonly string[];
}

/**
 * The alerts of one snapshot: one for every transition since the one before, in a fixed order.
 *
 * @param memory what had been alerted before this snapshot
 */
export function detectAlerts(memory: AlertMemory, observation: AlertObservation): AlertFinding[] {
  return [
    ...completeness(memory, observation),
    ...staleness(memory, observation),
    ...planPresence(memory, observation),
    ...thresholdCrossings(observation.changes),
  ];
}

/** The alert of a portfolio that holds positions, or is to, and of which no snapshot can be taken any longer. */
export function notEvaluable(detail: string, why: NonNullable<UtilizationAlert['notEvaluable']>): AlertFinding[] {
  return [{ ...portfolioFinding('incomplete', detail), notEvaluable: why }];
}

function completeness(
  memory: AlertMemory,
  { complete, modelledShare, modelledShareFloor }: AlertObservation,
): AlertFinding[] {
  if (complete === !memory.incomplete) return [];
  const share = `${percent(modelledShare)} of gross has a model, the floor is ${percent(modelledShareFloor)}`;
  return [portfolioFinding(complete ? 'complete' : 'incomplete', share)];
}

function staleness(memory: AlertMemory, { stalePrices }: AlertObservation): AlertFinding[] {
  const before = new Set(memory.staleInstruments);
  const now = new Set(stalePrices);
  const finding = (kind: 'stale' | 'fresh', instrumentId: string, detail: string): AlertFinding => ({
    ...portfolioFinding(kind, detail),
    nodeId: instrumentNodeId(instrumentId),
  });
  return [
    ...[...now].filter((id) => !before.has(id)).map((id) => finding('stale', id, `the price of ${id} is stale`)),
    ...[...before].filter((id) => !now.has(id)).map((id) => finding('fresh', id, `the price of ${id} is not stale`)),
  ];
}

function planPresence(memory: AlertMemory, { hasPlan }: AlertObservation): AlertFinding[] {
  if (hasPlan === !memory.withoutPlan) return [];
  return hasPlan
    ? [{ ...portfolioFinding('thresholdDown', 'a budget plan is active'), from: 'unbudgeted', to: 'green' }]
    : [{ ...portfolioFinding('unbudgeted', 'no budget plan is active'), from: 'green', to: 'unbudgeted' }];
}

function thresholdCrossings(changes: readonly StateChange[]): AlertFinding[] {
  return changes.flatMap(({ nodeId, measure, from, to, utilization }) => {
    const kind = alertKindOf(from, to);
    if (kind === null) return [];
    const figure = utilization === null ? 'without a budget' : `utilization ${percent(utilization)}`;
    return [
      { kind, nodeId, measure, from, to, utilization, detail: `${nodeId} ${measure}: ${figure}, ${from} to ${to}` },
    ];
  });
}

function portfolioFinding(kind: UtilizationAlert['kind'], detail: string): AlertFinding {
  return { kind, nodeId: PORTFOLIO_NODE_ID, measure: null, from: null, to: null, utilization: null, detail };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
