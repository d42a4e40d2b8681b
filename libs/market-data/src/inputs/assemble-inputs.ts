import type { Benchmark } from '@risk-budget/contracts';
import { createScenarios, type BenchmarkInput, type EvaluationModel, type ScenarioSet } from '@risk-budget/risk-math';
import { extendModel, type MissingName } from './model-extension.js';
import type { HistoricalWindow, PortfolioInputs, PositionInput } from './portfolio-inputs.types.js';
import type { PortfolioParts } from './portfolio-parts.js';
import { valuationOf } from './valuation.js';

/** Puts the parts of a portfolio together into what its evaluation takes. @throws as {@link valuationOf} */
export function assembleInputs(parts: PortfolioParts): PortfolioInputs {
  const { model } = parts.model;
  const valuation = valuationOf(parts);
  const rows = new Map(model.rows.map((row) => [row.instrumentId, row]));
  const benchmark = benchmarkOf(parts.benchmark, rows);
  const held = [...new Set(valuation.positions.map((position) => position.instrumentId))];
  const unmodelled = held.filter((id) => !rows.has(id));
  const others = parts.alsoModelled.filter((id) => !rows.has(id));
  const missing = standIns(parts, [...new Set([...unmodelled, ...benchmark.missing, ...others])]);
  const evaluated = evaluationModel(parts, missing);
  const known = new Set(evaluated.model.instrumentIds);
  const positions = valuation.positions.map((position): PositionInput => {
    const row = rows.get(position.instrumentId);
    const proxied = row === undefined ? known.has(position.instrumentId) : row.proxy !== undefined;
    return { ...position, modelled: row !== undefined, proxied };
  });
  const benchmarkProblem = benchmark.problem ?? benchmarkUnknown(benchmark.input, known);
  const { confidence, horizonDays, scaling, quantileRule } = parts.policy;
  return {
    portfolio: parts.portfolio,
    at: parts.at,
    policy: parts.policy,
    model,
    ...valuation,
    positions,
    unmodelled,
    modelledShare: share(positions, (position) => position.modelled, 1),
    proxiedShare: share(positions, (position) => position.proxied, 0),
    positionSequence: parts.holdings.sequence,
    positionGaps: parts.holdings.gaps,
    historicalWindow: windowOf(parts, evaluated.scenarios),
    benchmarkProblem,
    evaluation: {
      nav: valuation.nav,
      leaves: positions
        .filter(({ instrumentId }) => known.has(instrumentId))
        .map(({ strategy, sector, issuer, instrumentId, value }) => ({
          ...{ strategy, sector, issuer, instrumentId, value },
        })),
      model: evaluated.model,
      scenarios: evaluated.scenarios,
      benchmark: benchmarkProblem === null ? benchmark.input : undefined,
      specification: { confidence, horizonDays, scaling, quantileRule },
    },
  };
}

interface BenchmarkPart {
  readonly input: BenchmarkInput | undefined;
  /** Names that the model does not have. */
  readonly missing: readonly string[];
  readonly problem: string | null;
}

function benchmarkOf(benchmark: Benchmark | undefined, rows: ReadonlyMap<string, unknown>): BenchmarkPart {
  if (benchmark === undefined) return { input: undefined, missing: [], problem: null };
  if (benchmark.kind === 'series') {
    const { instrumentId } = benchmark;
    return rows.has(instrumentId)
      ? { input: { kind: 'series', instrumentId }, missing: [], problem: null }
      : { input: undefined, missing: [], problem: `the risk model does not have the series '${instrumentId}'` };
  }
  const missing = benchmark.weights.map(({ instrumentId }) => instrumentId).filter((id) => !rows.has(id));
  return { input: { kind: 'weights', weights: benchmark.weights }, missing, problem: null };
}

function benchmarkUnknown(benchmark: BenchmarkInput | undefined, known: ReadonlySet<string>): string | null {
  if (benchmark?.kind !== 'weights') return null;
  const unknown = benchmark.weights.find(({ instrumentId }) => !known.has(instrumentId));
  return unknown === undefined ? null : `nothing in the risk model stands for '${unknown.instrumentId}'`;
}

/** Members of the model that stand for names it does not have: those of their sector, else all but indices. */
function standIns(parts: PortfolioParts, names: readonly string[]): MissingName[] {
  if (names.length === 0) return [];
  const bySector = new Map<string | undefined, number[]>();
  const all: number[] = [];
  parts.model.model.rows.forEach((row, index) => {
    const instrument = parts.instruments.get(row.instrumentId);
    if (row.proxy !== undefined || instrument === undefined || instrument.assetClass === 'index') return;
    all.push(index);
    const members = bySector.get(instrument.sector);
    if (members === undefined) bySector.set(instrument.sector, [index]);
    else members.push(index);
  });
  return names.flatMap((instrumentId) => {
    const sector = parts.instruments.get(instrumentId)?.sector;
    const members = (sector === undefined ? undefined : bySector.get(sector)) ?? all;
    return members.length === 0 ? [] : [{ instrumentId, members }];
  });
}

function evaluationModel(
  parts: PortfolioParts,
  missing: readonly MissingName[],
): { readonly model: EvaluationModel; readonly scenarios: ScenarioSet | undefined } {
  if (missing.length === 0) return { model: parts.model.evaluation, scenarios: parts.scenarios };
  const extended = extendModel(parts.model.evaluation, parts.aligned?.returns, missing);
  return {
    model: extended.model,
    scenarios: extended.returns === undefined ? undefined : createScenarios(extended.returns, parts.policy),
  };
}

function windowOf({ aligned }: PortfolioParts, scenarios: ScenarioSet | undefined): HistoricalWindow | null {
  const [start, end] = [aligned?.dates[0], aligned?.dates.at(-1)];
  if (start === undefined || end === undefined || scenarios === undefined) return null;
  const { returns, independentWindows } = scenarios;
  return { start, end, scenarios: returns.observations, independentWindows };
}

function share(
  positions: readonly PositionInput[],
  test: (position: PositionInput) => boolean,
  ofNothing: number,
): number {
  let [part, gross] = [0, 0];
  for (const position of positions) {
    gross += Math.abs(position.value);
    if (test(position)) part += Math.abs(position.value);
  }
  return gross === 0 ? ofNothing : part / gross;
}
