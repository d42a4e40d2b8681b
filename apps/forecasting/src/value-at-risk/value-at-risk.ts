import { businessDate, finite, fraction, identifier, instant, uuid } from '@risk-budget/contracts';
import type { PortfolioInputs } from '@risk-budget/market-data';
import {
  gaussianVarFactor,
  historicalVar,
  scenarioLosses,
  TRADING_DAYS_PER_YEAR,
  volatility,
} from '@risk-budget/risk-math';
import { z } from 'zod';
import { coverage, coverageOf, CONFIDENCES } from '../accuracy/coverage.js';
import type { StoredForecast } from '../volatility/forecast.js';

/**
 * `model`: normal, with the risk model of the portfolio's policy, the one that utilization and limits compute with. `historical`:
 * the quantile of the policy's past window. `champion`: normal, with the volatility that the champion forecasts.
 */
export const varMethod = z.enum(['model', 'historical', 'champion']);

const figure = z.object({
  method: varMethod,
  confidence: fraction,
  valueAtRisk: finite.describe('of the next day, fraction of NAV, loss positive'),
});

/** One-day value at risk of a portfolio at a close, and the loss of the day after at unchanged holdings. */
export const valueAtRisk = z.object({
  forecastId: uuid.describe('the forecast of the same day, whose score is the loss'),
  portfolioId: identifier,
  asOf: instant,
  modelId: uuid,
  policyId: identifier,
  policyVersion: z.int(),
  figures: z.array(figure),
});
export type ValueAtRisk = z.infer<typeof valueAtRisk>;

export const valueAtRiskDay = valueAtRisk.extend({
  date: businessDate.nullable().describe('the day of the loss; null until it has passed'),
  loss: finite.nullable(),
});
export type ValueAtRiskDay = z.infer<typeof valueAtRiskDay>;

export const varBacktest = z.object({
  portfolioId: identifier,
  from: businessDate.nullable(),
  to: businessDate.nullable(),
  observations: z.int(),
  tests: z.array(
    coverage.extend({
      method: varMethod,
      exceptions: z.array(z.object({ date: businessDate, loss: finite, valueAtRisk: finite })),
    }),
  ),
});
export type VarBacktest = z.infer<typeof varBacktest>;

/** Figures of a portfolio as it stands, for the day after. */
export function valueAtRiskOf(inputs: PortfolioInputs, forecast: StoredForecast): ValueAtRisk {
  const { evaluation, policy, model, portfolio } = inputs;
  const weights = weightsOf(inputs);
  const annual = {
    model: volatility(evaluation.model.matrix, weights),
    champion: forecast.volatilityAnnual,
  };
  const normal = (method: keyof typeof annual, confidence: number) => ({
    method,
    confidence,
    valueAtRisk:
      (gaussianVarFactor({ confidence, horizonDays: 1 }) * annual[method]) / Math.sqrt(TRADING_DAYS_PER_YEAR),
  });
  const losses = pastLosses(inputs, weights);
  return {
    forecastId: forecast.forecastId,
    portfolioId: portfolio.portfolioId,
    asOf: forecast.asOf,
    modelId: model.modelId,
    policyId: policy.policyId,
    policyVersion: policy.version,
    figures: CONFIDENCES.flatMap((confidence) => [
      normal('model', confidence),
      ...(losses === undefined ? [] : [historical(losses, confidence, policy.quantileRule)]),
      normal('champion', confidence),
    ]),
  };
}

function historical(losses: Float64Array, confidence: number, rule: 'type1' | 'type6' | 'type7' | 'type8') {
  return { method: 'historical' as const, confidence, valueAtRisk: historicalVar(losses, confidence, rule) };
}

/** In the order of the model's instruments. */
function weightsOf({ evaluation: { model, leaves, nav } }: PortfolioInputs): Float64Array {
  const places = new Map(model.instrumentIds.map((id, place) => [id, place]));
  const weights = new Float64Array(model.instrumentIds.length);
  for (const { instrumentId, value } of leaves) {
    const place = places.get(instrumentId);
    if (place !== undefined) weights[place]! += value / nav;
  }
  return weights;
}

/** One-day losses of today's holdings in the policy's window; none where its scenarios are of several days. */
function pastLosses({ evaluation, policy }: PortfolioInputs, weights: Float64Array): Float64Array | undefined {
  const { scenarios } = evaluation;
  if (scenarios === undefined || (policy.horizonDays > 1 && policy.scaling === 'overlapping')) return undefined;
  return scenarioLosses(scenarios, weights);
}

/** Exceptions and tests of the days whose loss is known. @param days oldest first */
export function backtestOf(portfolioId: string, days: readonly ValueAtRiskDay[]): VarBacktest {
  const past = days.flatMap(({ date, loss, figures }) =>
    date === null || loss === null ? [] : [{ date, loss, figures }],
  );
  return {
    portfolioId,
    from: past[0]?.date ?? null,
    to: past.at(-1)?.date ?? null,
    observations: past.length,
    tests: varMethod.options.flatMap((method) =>
      CONFIDENCES.map((confidence) => {
        const own = past.flatMap(({ date, loss, figures }) => {
          const found = figures.find((one) => one.method === method && one.confidence === confidence);
          return found === undefined ? [] : [{ date, loss, valueAtRisk: found.valueAtRisk }];
        });
        const hits = own.map((day) => (day.loss > day.valueAtRisk ? 1 : 0));
        return { method, ...coverageOf(hits, confidence), exceptions: own.filter((_, at) => hits[at] === 1) };
      }),
    ),
  };
}
