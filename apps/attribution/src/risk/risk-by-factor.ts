import type { RiskPolicy } from '@risk-budget/contracts';
import {
  createReturns,
  factorProjection,
  factorXSigmaRho,
  historicalEsContributions,
  historicalVarContributions,
  RiskMathError,
  type PortfolioEvaluationInput,
  type RiskMeasure,
  type ScenarioSet,
  type XSigmaRho,
} from '@risk-budget/risk-math';
import { AttributionError } from '../errors.js';
import { contributionsByRow, multiplierOf, scenariosOf } from './marginals.js';
import { at, weightsOf } from './portfolio-weights.js';
import type { RiskBreakdown, RiskLine } from './risk.types.js';

/** Factors as positions in the model's own instruments. */
export interface FactorBasis {
  readonly names: readonly string[];
  /** By factor: weights of the model's instruments. */
  readonly positions: readonly Float64Array[];
  /** Whether they are the factors of the model itself, which knows the portfolio's exposures to them. */
  readonly ofModel: boolean;
}

/**
 * The factors that risk is told by: those named; else those of a factor model; else the benchmark's price series.
 *
 * @throws AttributionError `NO_FACTORS`
 */
export function factorBasisOf(
  input: Pick<PortfolioEvaluationInput, 'model' | 'benchmark'>,
  policy: Pick<RiskPolicy, 'model'>,
  named: readonly string[] | undefined,
): FactorBasis {
  const rows = new Map(input.model.instrumentIds.map((id, row) => [id, row]));
  const position = (long: string, short?: string): Float64Array => {
    const weights = new Float64Array(rows.size);
    for (const [id, weight] of [[long, 1] as const, ...(short === undefined ? [] : [[short, -1] as const])]) {
      const row = rows.get(id);
      if (row === undefined) throw noFactors(`the risk model does not have '${id}'`);
      weights[row] = weight;
    }
    return weights;
  };
  const { method } = policy.model;
  if (named === undefined && method === 'timeSeriesFactor' && input.model.matrix.kind === 'factorModel') {
    const { marketInstrumentId, factorInstrumentIds } = policy.model;
    return {
      names: ['market', ...factorInstrumentIds.map((id) => `${id}-market`)],
      positions: [position(marketInstrumentId), ...factorInstrumentIds.map((id) => position(id, marketInstrumentId))],
      ofModel: true,
    };
  }
  const series = input.benchmark?.kind === 'series' ? [input.benchmark.instrumentId] : undefined;
  const names = named ?? series;
  if (names === undefined) throw noFactors('the risk model has none of its own; name instruments of it as `factors`');
  return { names, positions: names.map((id) => position(id)), ofModel: false };
}

/**
 * Risk by factor, with the specific part as the last line. By the model's own factors, or by projection on those named: then what is
 * left is uncorrelated with every one of them.
 *
 * @throws AttributionError `NO_FACTORS`, `NOT_DEFINED`
 */
export function riskByFactor(input: PortfolioEvaluationInput, measure: RiskMeasure, basis: FactorBasis): RiskBreakdown {
  const weights = weightsOf(input);
  // Refuses a measure that the portfolio does not have.
  const { total } = contributionsByRow(measure, input, weights);
  const held = measure === 'trackingError' ? weights.active : weights.net;
  const multiplier = multiplierOf(measure, input);
  const parts = exposed(input, basis, held, multiplier ?? 1);
  if (multiplier !== null) {
    return {
      total,
      lines: [
        ...basis.names.map((name, k) => deviationLine(name, k, parts, total)),
        specific(parts.specificTotal, total),
      ],
    };
  }
  const contributions = historicalParts(measure, input, basis, held, parts.exposures);
  return {
    total,
    lines: [
      ...basis.names.map((name, k) => factorLine(name, at(contributions, k), at(parts.exposures, k), total)),
      specific(at(contributions, basis.names.length), total),
    ],
  };
}

type Projection = XSigmaRho & { readonly specificTotal: number };

function exposed(
  input: PortfolioEvaluationInput,
  basis: FactorBasis,
  held: Float64Array,
  multiplier: number,
): Projection {
  const { matrix } = input.model;
  if (basis.ofModel && matrix.kind === 'factorModel') return factorXSigmaRho(matrix, held, multiplier);
  try {
    return factorProjection(matrix, held, basis.positions, multiplier);
  } catch (error) {
    if (RiskMathError.is(error)) throw noFactors(error.message, error);
    throw error;
  }
}

/** Contributions of the factors' legs and, last, of what they leave of the portfolio in each scenario. */
function historicalParts(
  measure: RiskMeasure,
  input: PortfolioEvaluationInput,
  { positions }: FactorBasis,
  held: Float64Array,
  exposures: Float64Array,
): Float64Array {
  const scenarios = scenariosOf(measure, input);
  const legs = legsOf(scenarios, positions, held, exposures);
  const weights = Float64Array.from([...exposures, 1]);
  const of = measure === 'historicalEs' ? historicalEsContributions : historicalVarContributions;
  return of(legs, weights, input.specification).contributions;
}

function legsOf(
  scenarios: ScenarioSet,
  positions: readonly Float64Array[],
  held: Float64Array,
  exposures: Float64Array,
): ScenarioSet {
  const { assets, observations, values } = scenarios.returns;
  const wide = positions.length + 1;
  const legs = new Float64Array(observations * wide);
  for (let t = 0; t < observations; t++) {
    const row = values.subarray(t * assets, (t + 1) * assets);
    let left = dot(held, row);
    positions.forEach((position, k) => {
      const value = dot(position, row);
      legs[t * wide + k] = value;
      left -= at(exposures, k) * value;
    });
    legs[t * wide + positions.length] = left;
  }
  return { ...scenarios, returns: createReturns(legs, observations, wide) };
}

function deviationLine(name: string, k: number, parts: Projection, total: number): RiskLine {
  const line = factorLine(name, at(parts.contributions, k), at(parts.exposures, k), total);
  const xSigmaRho = {
    exposure: at(parts.exposures, k),
    deviation: at(parts.deviations, k),
    correlation: at(parts.correlations, k),
  };
  return { ...line, xSigmaRho, standalone: Math.abs(xSigmaRho.exposure) * xSigmaRho.deviation };
}

function factorLine(name: string, component: number, exposure: number, total: number): RiskLine {
  return {
    ...{ name, kind: 'factor' as const, weight: null, gross: null, component },
    percentage: total === 0 ? null : component / total,
    marginal: exposure === 0 ? null : component / exposure,
    ...{ incremental: null, standalone: null, xSigmaRho: null },
  };
}

function specific(component: number, total: number): RiskLine {
  return {
    ...{ name: 'specific', kind: 'specific' as const, weight: null, gross: null, component },
    percentage: total === 0 ? null : component / total,
    ...{ marginal: null, incremental: null, standalone: null, xSigmaRho: null },
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += at(a, i) * at(b, i);
  return total;
}

function noFactors(what: string, cause?: unknown): AttributionError {
  return new AttributionError('ATTRIBUTION.NO_FACTORS', `There are no factors to tell risk by: ${what}.`, {
    field: 'factors',
    cause,
  });
}
