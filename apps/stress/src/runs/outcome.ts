import type { StressResult } from '@risk-budget/contracts';
import type { ScenarioDefinition } from '../scenarios/scenario.types.js';

/** A scenario as a run takes it: of the library, or asked for once. */
export interface RunScenario<Definition extends ScenarioDefinition = ScenarioDefinition> {
  readonly scenarioId: string;
  readonly version: number | null;
  readonly name: string;
  readonly knownFrom: string | null;
  readonly definition: Definition;
}

/** What a scenario does to a portfolio. */
export interface Outcome {
  readonly result: StressResult;
  /** By leaf; they sum to the result's loss. */
  readonly leafLosses: Float64Array;
}

/** The fields of a result that only some kinds have. */
export const absent = {
  window: null,
  worstPointLoss: null,
  worstDayLoss: null,
  worstTenDayLoss: null,
  baseline: null,
  distance: null,
  distribution: null,
} as const satisfies Partial<StressResult>;

/** Who a result is about. */
export function named({
  scenarioId,
  version,
  name,
  knownFrom,
}: RunScenario): Pick<StressResult, 'scenarioId' | 'scenarioVersion' | 'scenarioName' | 'knownFrom'> {
  return { scenarioId, scenarioVersion: version, scenarioName: name, knownFrom };
}

export function total(losses: Float64Array): number {
  let sum = 0;
  for (const loss of losses) sum += loss;
  return sum;
}
