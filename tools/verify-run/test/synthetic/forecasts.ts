import { randomUUID } from 'node:crypto';
import {
  forecastMade,
  forecastScored,
  regimeEstimated,
  type ForecastKind,
  type ForecastMade,
  type ForecastScored,
} from '@risk-budget/contracts';
import { OwnSubjects, type SubjectReturns, type SubjectWeights } from '../../src/evaluation/own-subjects.js';
import { ownValuesAtRisk } from '../../src/evaluation/own-value-at-risk.js';
import type { BacktestFinding, VarDay, VarTest } from '../../src/inputs/rest-findings.js';
import { binomialAtMost, kupiecTest, trafficLight } from '../../src/numerics/exceptions.js';
import { harCoefficients, harSum, type HarNumbers } from '../../src/numerics/har.js';
import { filteredProbabilities, probabilitiesAhead } from '../../src/numerics/regimes.js';
import { nextEwma, qlikeLoss } from '../../src/numerics/variance-models.js';
import { benchmarkId, portfolioId, type Recorder } from './recorder.js';

type Made = ForecastMade['forecasts'][number];
type Scored = ForecastScored['scored'][number];

const horizons = [1, 5, 20] as const;
const subjects: readonly (readonly [ForecastKind, string])[] = [
  ['market', benchmarkId],
  ['portfolio', portfolioId],
];

interface Standing {
  readonly loss: number;
  readonly count: number;
}

/** Forecasts a market and a portfolio day by day, scores those of a day ahead, and keeps value at risk. */
export class Forecaster {
  private readonly fits = new Map<string, { readonly fitId: string; readonly har: Map<number, HarNumbers> }>();
  private readonly standings = new Map<string, Standing>();
  private readonly last = new Map<string, { readonly made: Made; readonly weights: SubjectWeights }>();
  private readonly days: VarDay[] = [];

  constructor(private readonly recorder: Recorder) {}

  /** One run after a close. */
  run(at: string, modelId: string): void {
    for (const [kind, subjectId] of subjects) this.score(kind, subjectId, at);
    for (const [kind, subjectId] of subjects) this.forecast(kind, subjectId, at, modelId);
    this.regimes(at);
  }

  /** What forecasting would answer of value at risk. */
  backtest(): BacktestFinding {
    const past = this.days.filter(({ loss }) => loss !== null);
    const [first] = this.days;
    const tests = (first?.figures ?? []).map(({ method, confidence }, at): VarTest => {
      const exceptions = past.flatMap(({ date, loss, figures }) => {
        const valueAtRisk = figures[at]?.valueAtRisk ?? NaN;
        return date !== null && loss !== null && loss > valueAtRisk ? [{ date, loss, valueAtRisk }] : [];
      });
      const cumulativeProbability = binomialAtMost(exceptions.length, past.length, confidence);
      return {
        ...{ method, confidence, observations: past.length, exceedances: exceptions.length, exceptions },
        kupiec: kupiecTest(exceptions.length, past.length, confidence),
        basel: { zone: trafficLight(cumulativeProbability), cumulativeProbability },
      };
    });
    return { portfolioId, days: this.days, tests };
  }

  private forecast(kind: ForecastKind, subjectId: string, at: string, modelId: string): void {
    const weights = this.weights(kind, subjectId, at);
    const { dates, series } = this.returns(weights, at);
    const squares = series.map((value) => value * value);
    const known = this.fits.get(subjectId);
    const fit = known ?? { fitId: randomUUID(), har: harFits(squares) };
    this.fits.set(subjectId, fit);
    const volatilities = horizons.flatMap((horizonDays) => {
      const har = fit.har.get(horizonDays);
      const own = [{ method: 'ewma', horizonDays, variance: nextEwma(series, 0.94) * horizonDays }];
      if (har !== undefined) own.push({ method: 'har', horizonDays, variance: harSum(squares, har, horizonDays) });
      return [...own, { method: 'combination', horizonDays, variance: this.combined(subjectId, horizonDays, own) }];
    });
    const made: Made = {
      ...{ forecastId: randomUUID(), subjectId, currency: 'USD', asOf: `${dates.at(-1) ?? ''}T21:00:00.000Z` },
      ...{ champion: 'ewma', fitId: fit.fitId, correlations: [] },
      ...(known === undefined ? { fit: { fittedAt: at, observations: series.length, garch: null, gjr: null } } : {}),
      volatilities: volatilities.map((one) => ({
        ...one,
        volatilityAnnual: Math.sqrt((252 * one.variance) / one.horizonDays),
      })),
    };
    this.last.set(subjectId, { made, weights });
    const data = { kind, madeAt: at, policyVersion: 1, codeVersion: 'test', forecasts: [made] };
    this.recorder.publish(forecastMade, '/risk-budget/forecasting', at, data);
    if (kind === 'portfolio') this.keepValueAtRisk(at, made, modelId);
  }

  private keepValueAtRisk(at: string, { forecastId, volatilities }: Made, modelId: string): void {
    const context = this.recorder.context();
    const model = context.models.published.get(modelId);
    if (model === undefined) throw new Error(`no model ${modelId}`);
    const weights = this.weights('portfolio', portfolioId, at);
    const values = ownValuesAtRisk(context, model, { weights, championVariance: volatilities[0]?.variance ?? NaN });
    const figures = [...values].map(([key, valueAtRisk]) => {
      const [method = '', confidence] = key.split(' at ');
      return { method: method as 'model', confidence: Number(confidence), valueAtRisk };
    });
    this.days.push({ forecastId, modelId, date: null, loss: null, figures });
  }

  private score(kind: ForecastKind, subjectId: string, at: string): void {
    const last = this.last.get(subjectId);
    if (last === undefined) return;
    const { made, weights } = last;
    const { dates, series } = this.returns(weights, at);
    const [windowEnd, realisedReturn] = [dates.at(-1) ?? '', series.at(-1) ?? NaN];
    const realisedVariance = realisedReturn ** 2;
    const scores = made.volatilities
      .filter(({ horizonDays }) => horizonDays === 1)
      .map(({ method, variance }) => ({
        ...{ method, variance, qlike: qlikeLoss(realisedVariance, variance) },
        squaredError: (realisedVariance - variance) ** 2,
      }));
    for (const { method, qlike } of scores) {
      const key = `${subjectId} ${method}`;
      const { loss, count } = this.standings.get(key) ?? { loss: 0, count: 0 };
      this.standings.set(key, { loss: 0.98 * loss + qlike, count: 0.98 * count + 1 });
    }
    const scored: Scored = {
      ...{ forecastId: made.forecastId, subjectId, horizonDays: 1, windowEnd, realisedVariance, realisedReturn },
      ...{ overlapping: false, scores },
    };
    const data = { kind, scoredAt: at, codeVersion: 'test', scored: [scored] };
    this.recorder.publish(forecastScored, '/risk-budget/forecasting', at, data);
    const day = this.days.at(-1);
    if (kind === 'portfolio' && day !== undefined) {
      this.days[this.days.length - 1] = { ...day, date: windowEnd, loss: -realisedReturn };
    }
  }

  private combined(
    subjectId: string,
    horizonDays: number,
    own: readonly { readonly method: string; readonly variance: number }[],
  ): number {
    const losses = own.map(({ method }) => this.standings.get(`${subjectId} ${method}`));
    const inverses = losses.map((standing) =>
      horizonDays > 1 || standing === undefined ? 1 : standing.count / standing.loss,
    );
    const total = inverses.reduce((sum, inverse) => sum + inverse, 0);
    return own.reduce((sum, { variance }, at) => sum + (variance * (inverses[at] ?? NaN)) / total, 0);
  }

  private regimes(at: string): void {
    const { dates, series } = this.returns(this.weights('market', benchmarkId, at), at);
    const transition = [0.9, 0.1, 0.3, 0.7];
    const [means, variances] = [
      [0.001, -0.001],
      [0.0002, 0.0009],
    ];
    const today = filteredProbabilities(series, { means, variances, transition });
    this.recorder.publish(regimeEstimated, '/risk-budget/forecasting', at, {
      ...{
        kind: 'market',
        subjectId: benchmarkId,
        regimeId: randomUUID(),
        asOf: `${dates.at(-1) ?? ''}T21:00:00.000Z`,
      },
      ...{ madeAt: at, fittedAt: at, transition, codeVersion: 'test' },
      states: today.map((probability, state) => ({
        ...{ state, probability, meanDaily: means[state] ?? NaN },
        volatilityAnnual: Math.sqrt(252 * (variances[state] ?? NaN)),
        expectedDurationDays: 1 / (1 - (transition[3 * state] ?? NaN)),
      })),
      forecasts: horizons.map((horizonDays) => ({
        horizonDays,
        probabilities: probabilitiesAhead(today, transition, horizonDays),
      })),
      mostLikely: today.indexOf(Math.max(...today)),
    });
  }

  private weights(kind: ForecastKind, subjectId: string, at: string): SubjectWeights {
    const own = new OwnSubjects(this.recorder.context()).weights(kind, subjectId, at, '9999');
    if (own === undefined) throw new Error(`nobody knows what ${subjectId} is`);
    return own;
  }

  private returns(weights: SubjectWeights, at: string): SubjectReturns {
    return new OwnSubjects(this.recorder.context()).returns(weights, at);
  }
}

function harFits(squares: readonly number[]): Map<number, HarNumbers> {
  return new Map(
    horizons.flatMap((days) => {
      const fit = harCoefficients(squares, days);
      return fit === undefined ? [] : [[days, fit] as const];
    }),
  );
}
