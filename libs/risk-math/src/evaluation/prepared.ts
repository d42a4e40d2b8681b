import { type RiskMeasure, riskMeasures } from '../foundation/conventions.js';
import { requireConfidence, requireFiniteNumber, requireInteger } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import type { ScenarioSet } from '../returns/scenarios.js';
import type { BenchmarkInput, PortfolioEvaluationInput, PortfolioLeaf } from './types.js';

/** The checked input in terms of the model's rows. */
export interface PreparedPortfolio {
  readonly input: PortfolioEvaluationInput;
  readonly measures: ReadonlySet<RiskMeasure>;
  readonly leaves: readonly PreparedLeaf[];
  readonly issuers: readonly string[];
  /** Net weight by model row. */
  readonly weights: Float64Array;
  readonly benchmark: PreparedBenchmark | null;
  readonly scenarios: ScenarioSet | null;
}

export interface PreparedLeaf {
  readonly leaf: PortfolioLeaf;
  /** Row in the model. */
  readonly instrument: number;
  /** Number of the issuer, from 0. */
  readonly issuer: number;
  readonly weight: number;
  /** Weight less this leaf's part of its instrument's benchmark weight. */
  readonly activeWeight: number;
}

/** What the benchmark node holds of one instrument: nothing of the portfolio, and a short active weight. */
export interface BenchmarkHolding {
  readonly instrument: number;
  readonly weight: 0;
  readonly activeWeight: number;
}

export interface PreparedBenchmark {
  /** By model row. */
  readonly weights: Float64Array;
  /** Portfolio less benchmark by model row. */
  readonly activeWeights: Float64Array;
  /** Minus the benchmark weights that no leaf takes. */
  readonly node: readonly BenchmarkHolding[];
}

/** @throws RiskMathError `invalidInput` on anything the evaluator cannot compute with */
export function preparePortfolio(input: PortfolioEvaluationInput): PreparedPortfolio {
  requireFiniteNumber(input.nav, 'nav');
  if (input.nav <= 0) {
    throw new RiskMathError('invalidInput', `net asset value is ${input.nav}; it must be above 0`, { field: 'nav' });
  }
  requireConfidence(input.specification.confidence);
  requireInteger(input.specification.horizonDays, 1, 'horizonDays');
  const rows = rowsOf(input);
  const instruments = rowsOfLeaves(input.leaves, rows);
  const held = input.leaves.map((leaf) => leaf.value / input.nav);
  const weights = new Float64Array(rows.size);
  instruments.forEach((instrument, index) => (weights[instrument]! += held[index]!));
  const benchmark =
    input.benchmark === undefined ? null : prepareBenchmark(input.benchmark, rows, instruments, held, weights);
  const scenarios = checkedScenarios(input);
  const issuers = new Map<string, number>();
  for (const { issuer } of input.leaves) if (!issuers.has(issuer)) issuers.set(issuer, issuers.size);
  return {
    input,
    measures: allowedMeasures(input, benchmark !== null, scenarios !== null),
    leaves: input.leaves.map((leaf, index) => ({
      leaf,
      instrument: instruments[index]!,
      issuer: issuers.get(leaf.issuer)!,
      weight: held[index]!,
      activeWeight: benchmark?.leafActiveWeights[index] ?? held[index]!,
    })),
    issuers: [...issuers.keys()],
    weights,
    benchmark,
    scenarios,
  };
}

function rowsOf({ model }: PortfolioEvaluationInput): Map<string, number> {
  const rows = new Map<string, number>();
  model.instrumentIds.forEach((id, index) => rows.set(id, index));
  if (rows.size !== model.instrumentIds.length || rows.size !== model.matrix.size) {
    throw new RiskMathError(
      'invalidInput',
      `the model names ${rows.size} different instruments of ${model.instrumentIds.length} for a matrix of ${model.matrix.size}`,
      { field: 'model.instrumentIds' },
    );
  }
  return rows;
}

function rowsOfLeaves(leaves: readonly PortfolioLeaf[], rows: ReadonlyMap<string, number>): Int32Array {
  const instruments = new Int32Array(leaves.length);
  const seen = new Map<string, Set<string>>();
  const unknown = new Set<string>();
  leaves.forEach((leaf, index) => {
    if (!Number.isFinite(leaf.value)) {
      throw new RiskMathError(
        'invalidInput',
        `the value of ${leaf.strategy}/${leaf.instrumentId} is not a finite number`,
        {
          field: 'leaves',
          ids: [leaf.instrumentId],
        },
      );
    }
    const ofStrategy = seen.get(leaf.strategy) ?? new Set<string>();
    if (ofStrategy.has(leaf.instrumentId)) {
      throw new RiskMathError('invalidInput', `${leaf.instrumentId} stands twice in strategy ${leaf.strategy}`, {
        field: 'leaves',
        ids: [leaf.instrumentId],
      });
    }
    seen.set(leaf.strategy, ofStrategy.add(leaf.instrumentId));
    const row = rows.get(leaf.instrumentId);
    if (row === undefined) unknown.add(leaf.instrumentId);
    else instruments[index] = row;
  });
  if (unknown.size > 0) throw unknownInstruments('leaves', unknown);
  return instruments;
}

function unknownInstruments(field: string, ids: Iterable<string>): RiskMathError {
  const names = [...ids];
  return new RiskMathError('invalidInput', `the model does not know ${names.join(', ')}`, { field, ids: names });
}

/**
 * A weights benchmark is taken off its instrument's leaves in proportion to their |w|; names the portfolio does not hold
 * make up the benchmark node. A series is one short asset of its own, even if the portfolio holds that instrument.
 */
function prepareBenchmark(
  benchmark: BenchmarkInput,
  rows: ReadonlyMap<string, number>,
  instruments: Int32Array,
  held: readonly number[],
  weights: Float64Array,
): PreparedBenchmark & { readonly leafActiveWeights: readonly number[] } {
  const benchmarkWeights = benchmarkByRow(benchmark, rows);
  const gross = new Float64Array(weights.length);
  if (benchmark.kind === 'weights') instruments.forEach((row, index) => (gross[row]! += Math.abs(held[index]!)));
  const node: BenchmarkHolding[] = [];
  benchmarkWeights.forEach((weight, instrument) => {
    if (weight !== 0 && gross[instrument] === 0) node.push({ instrument, weight: 0, activeWeight: -weight });
  });
  return {
    weights: benchmarkWeights,
    activeWeights: weights.map((weight, row) => weight - benchmarkWeights[row]!),
    node,
    leafActiveWeights: held.map((weight, index) => {
      const row = instruments[index]!;
      return gross[row]! > 0 ? weight - (benchmarkWeights[row]! * Math.abs(weight)) / gross[row]! : weight;
    }),
  };
}

function benchmarkByRow(benchmark: BenchmarkInput, rows: ReadonlyMap<string, number>): Float64Array {
  const weights = new Float64Array(rows.size);
  const entries =
    benchmark.kind === 'series' ? [{ instrumentId: benchmark.instrumentId, weight: 1 }] : benchmark.weights;
  const unknown: string[] = [];
  for (const { instrumentId, weight } of entries) {
    requireFiniteNumber(weight, `benchmark weight of ${instrumentId}`);
    const row = rows.get(instrumentId);
    if (row === undefined) unknown.push(instrumentId);
    else weights[row]! += weight;
  }
  if (unknown.length > 0) throw unknownInstruments('benchmark', unknown);
  return weights;
}

function checkedScenarios(input: PortfolioEvaluationInput): ScenarioSet | null {
  const { scenarios, model, specification } = input;
  if (scenarios === undefined) return null;
  const { assets, ids, observations } = scenarios.returns;
  if (
    assets !== model.instrumentIds.length ||
    (ids !== undefined && ids.some((id, i) => id !== model.instrumentIds[i]))
  ) {
    throw new RiskMathError('invalidInput', "the scenarios' instruments are not the model's, in its order", {
      field: 'scenarios',
    });
  }
  const windowDays = specification.scaling === 'overlapping' ? specification.horizonDays : 1;
  if (scenarios.horizonDays !== specification.horizonDays || scenarios.windowDays !== windowDays) {
    throw new RiskMathError('invalidInput', 'the scenarios were made for another horizon or scaling', {
      field: 'scenarios',
    });
  }
  if (observations < 2) {
    throw new RiskMathError('tooFewObservations', 'a historical measure needs 2 scenarios', {
      observations,
      needed: 2,
    });
  }
  return scenarios;
}

function allowedMeasures(
  input: PortfolioEvaluationInput,
  hasBenchmark: boolean,
  hasScenarios: boolean,
): ReadonlySet<RiskMeasure> {
  const wanted = input.measures ?? riskMeasures;
  return new Set(
    wanted.filter((measure) => {
      if (measure === 'trackingError') return hasBenchmark;
      return measure === 'historicalVar' || measure === 'historicalEs' ? hasScenarios : true;
    }),
  );
}
