import type { EvaluationModel } from '../evaluation/types.js';
import { requireFinite, requireFiniteNumber, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';

/** The part of a risk model that a scenario needs: names and matrix. */
export type StressModel = Pick<EvaluationModel, 'instrumentIds' | 'matrix'>;

/** One thing that a scenario fixes. Returns are simple, over the scenario's horizon. */
export type Shock =
  /** Each of these names moves by this: one instrument, the names of a sector, the holdings of a strategy. */
  | { readonly kind: 'instruments'; readonly instrumentIds: readonly string[]; readonly return: number }
  /** A factor of the model moves by this. The model must be in factor form. */
  | { readonly kind: 'factor'; readonly factorId: string; readonly return: number }
  /** A portfolio of the model's instruments moves by this: a market, an index, a basket. */
  | {
      readonly kind: 'portfolio';
      readonly name: string;
      /** n weights in the order of the model's instruments. */
      readonly weights: Float64Array;
      readonly return: number;
    };

/** A shock as a linear functional of instrument and factor returns. */
export interface Observation {
  /** What it is called in a failure. */
  readonly name: string;
  readonly rows: readonly number[];
  readonly weights: readonly number[];
  /** The factor, or −1. */
  readonly factor: number;
  readonly value: number;
}

/**
 * The shocks as single observations, each name once.
 *
 * @throws RiskMathError `invalidInput` on an unknown name or factor, a name shocked twice to different returns, a
 *   shock without names, or a number that is not finite
 */
export function observationsOf(model: StressModel, shocks: readonly Shock[]): Observation[] {
  requireLength(model.instrumentIds, model.matrix.size, 'model.instrumentIds');
  const rows = new Map(model.instrumentIds.map((id, row) => [id, row]));
  const seen = new Map<string, number>();
  const observations: Observation[] = [];
  const add = (key: string, observation: Observation): void => {
    const before = seen.get(key);
    if (before === observation.value) return;
    if (before !== undefined) {
      throw invalid(`${observation.name} is shocked to ${before} and to ${observation.value}`, observation.name);
    }
    seen.set(key, observation.value);
    observations.push(observation);
  };
  for (const shock of shocks) {
    requireFiniteNumber(shock.return, 'return');
    if (shock.kind === 'instruments') {
      if (shock.instrumentIds.length === 0) throw invalid('a shock names no instrument');
      for (const id of shock.instrumentIds) {
        const row = rows.get(id);
        if (row === undefined) throw invalid(`the model does not know ${id}`, id);
        add(`i:${id}`, { name: id, rows: [row], weights: [1], factor: -1, value: shock.return });
      }
    } else if (shock.kind === 'factor') {
      add(`f:${shock.factorId}`, factorObservation(model, shock.factorId, shock.return));
    } else {
      observations.push(portfolioObservation(model, shock));
    }
  }
  return observations;
}

function factorObservation({ matrix }: StressModel, factorId: string, value: number): Observation {
  const factor = matrix.kind === 'factorModel' ? (matrix.factorIds?.indexOf(factorId) ?? -1) : -1;
  if (factor < 0) throw invalid(`the model has no factor ${factorId}`, factorId);
  return { name: factorId, rows: [], weights: [], factor, value };
}

function portfolioObservation({ matrix }: StressModel, shock: Extract<Shock, { kind: 'portfolio' }>): Observation {
  requireLength(shock.weights, matrix.size, `weights of ${shock.name}`);
  requireFinite(shock.weights, `weights of ${shock.name}`);
  const rows: number[] = [];
  shock.weights.forEach((weight, row) => {
    if (weight !== 0) rows.push(row);
  });
  return {
    name: shock.name,
    rows,
    weights: rows.map((row) => shock.weights[row]!),
    factor: -1,
    value: shock.return,
  };
}

function invalid(message: string, id?: string): RiskMathError {
  return new RiskMathError('invalidInput', message, { field: 'shocks', ...(id === undefined ? {} : { ids: [id] }) });
}
