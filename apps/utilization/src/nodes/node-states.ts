import type { RiskMeasure, UtilizationState } from '@risk-budget/contracts';

/** One node under one measure. */
export interface MonitoredNode {
  readonly nodeId: string;
  readonly measure: RiskMeasure;
}

/**
 * States that nodes stand in, by measure and node; green is not written down. It is the memory that hysteresis needs and the one that
 * keeps an alert from being raised twice, so it is stored in the row that the next snapshot locks.
 */
export type NodeStates = ReadonlyMap<string, UtilizationState>;

export function stateKey({ measure, nodeId }: MonitoredNode): string {
  return `${measure}|${nodeId}`;
}

export function nodeOfKey(key: string): MonitoredNode {
  const bar = key.indexOf('|');
  return { measure: key.slice(0, bar) as RiskMeasure, nodeId: key.slice(bar + 1) };
}

/** One change of the state of a node under a measure. */
export interface StateChange extends MonitoredNode {
  readonly from: UtilizationState;
  readonly to: UtilizationState;
  readonly utilization: number | null;
}
