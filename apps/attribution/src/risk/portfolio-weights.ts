import type { PortfolioEvaluationInput } from '@risk-budget/risk-math';

/** Weights of a portfolio in the rows of its model. */
export interface PortfolioWeights {
  /** By leaf: row in the model. */
  readonly rows: readonly number[];
  /** By leaf. */
  readonly weights: readonly number[];
  /** By leaf, less its part of the benchmark. */
  readonly activeWeights: readonly number[];
  /** By model row. */
  readonly net: Float64Array;
  readonly benchmark: Float64Array;
  /** By model row: net less benchmark. */
  readonly active: Float64Array;
}

/** As the evaluator does: an instrument's benchmark weight is taken off its leaves in proportion to their |w|; a series is its own short asset. */
export function weightsOf({ nav, leaves, model, benchmark }: PortfolioEvaluationInput): PortfolioWeights {
  const rowOf = new Map(model.instrumentIds.map((id, row) => [id, row]));
  const size = model.instrumentIds.length;
  const [net, gross, held] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  const rows = leaves.map(({ instrumentId }) => rowOf.get(instrumentId) ?? 0);
  const weights = leaves.map(({ value }) => value / nav);
  rows.forEach((row, leaf) => {
    net[row] = at(net, row) + at(weights, leaf);
    gross[row] = at(gross, row) + Math.abs(at(weights, leaf));
  });
  const named =
    benchmark?.kind === 'series' ? [{ instrumentId: benchmark.instrumentId, weight: 1 }] : benchmark?.weights;
  for (const { instrumentId, weight } of named ?? []) {
    const row = rowOf.get(instrumentId) ?? 0;
    held[row] = at(held, row) + weight;
  }
  return {
    rows,
    weights,
    activeWeights: rows.map((row, leaf) => {
      const weight = at(weights, leaf);
      if (benchmark?.kind !== 'weights' || at(gross, row) === 0) return weight;
      return weight - (at(held, row) * Math.abs(weight)) / at(gross, row);
    }),
    net,
    benchmark: held,
    active: net.map((weight, row) => weight - at(held, row)),
  };
}

/** An element that is there. */
export function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? 0;
}
