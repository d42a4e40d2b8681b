import { randomUUID } from 'node:crypto';
import {
  correlationsForecast,
  correlationsScored,
  forecastMade,
  forecastScored,
  predictionMade,
  regimeEstimated,
  regimesScored,
  type CorrelationMatrix,
  type CorrelationsForecast,
  type ForecastKind,
  type ForecastMade,
  type ForecastScored,
  type RegimeEstimated,
} from '@risk-budget/contracts';
import { OwnSubjects, type SubjectReturns, type SubjectWeights } from '../../src/evaluation/own-subjects.js';
import { ownOutsideVariance } from '../../src/evaluation/own-outside.js';
import { ownValuesAtRisk } from '../../src/evaluation/own-value-at-risk.js';
import type { BacktestFinding, VarDay, VarTest } from '../../src/inputs/rest-findings.js';
import { binomialAtMost, kupiecTest, trafficLight } from '../../src/numerics/exceptions.js';
import { harCoefficients, harSum, type HarNumbers } from '../../src/numerics/har.js';
import { covarianceLosses, dynamicCorrelations, ewmaCorrelations } from '../../src/numerics/correlations.js';
import {
  filteredProbabilities,
  logDensity,
  probabilitiesAhead,
  restingDistribution,
} from '../../src/numerics/regimes.js';
import { garchRun, garchSum, nextEwma, qlikeLoss, type GarchNumbers } from '../../src/numerics/variance-models.js';
import { benchmarkId, portfolioId, type Recorder } from './recorder.js';

type Made = ForecastMade['forecasts'][number];
type Scored = ForecastScored['scored'][number];

const horizons = [1, 5, 20] as const;
const correlationFitId = randomUUID();
const regimeNumbers = { means: [0.001, -0.001], variances: [0.0002, 0.0009] };
const subjects: readonly (readonly [ForecastKind, string])[] = [
  ['market', benchmarkId],
  ['portfolio', portfolioId],
];

interface Standing {
  readonly loss: number;
  readonly count: number;
}

interface KnownFit {
  readonly fitId: string;
  readonly garch: GarchNumbers;
  readonly har: Map<number, HarNumbers>;
}

/** Who forecasts the market from outside. */
export const outlook = {
  ...{ source: 'outlook', subjectId: benchmarkId, instrumentId: benchmarkId },
  ...{ decay: 0.97, windowDays: 20, horizonsDays: [1] },
};

/** Forecasts a market and a portfolio day by day, scores those of a day ahead, and keeps value at risk. */
export class Forecaster {
  private readonly fits = new Map<string, KnownFit>();
  private readonly standings = new Map<string, Standing>();
  private readonly last = new Map<string, { readonly made: Made; readonly weights: SubjectWeights }>();
  private readonly days: VarDay[] = [];
  private lastCorrelations: CorrelationsForecast | undefined;
  private lastRegime: RegimeEstimated | undefined;
  private lastOutside: number | undefined;

  constructor(private readonly recorder: Recorder) {}

  /** One run after a close. */
  run(at: string, modelId: string): void {
    for (const [kind, subjectId] of subjects) this.score(kind, subjectId, at);
    this.scoreCorrelations(at);
    this.scoreRegimes(at);
    for (const [kind, subjectId] of subjects) this.forecast(kind, subjectId, at, modelId);
    this.correlations(at);
    this.regimes(at);
    this.predict(at);
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
    const fit = known ?? { fitId: randomUUID(), garch: climbed(series), har: harFits(squares) };
    this.fits.set(subjectId, fit);
    const { next, logLikelihood } = garchRun(series, fit.garch);
    const volatilities = horizons.flatMap((horizonDays) => {
      const har = fit.har.get(horizonDays);
      const own = [
        { method: 'ewma', horizonDays, variance: nextEwma(series, 0.94) * horizonDays },
        { method: 'garch', horizonDays, variance: garchSum(next, fit.garch, horizonDays) },
      ];
      if (har !== undefined) own.push({ method: 'har', horizonDays, variance: harSum(squares, har, horizonDays) });
      return [...own, { method: 'combination', horizonDays, variance: this.combined(subjectId, horizonDays, own) }];
    });
    const made: Made = {
      ...{ forecastId: randomUUID(), subjectId, currency: 'USD', asOf: `${dates.at(-1) ?? ''}T21:00:00.000Z` },
      ...{ champion: 'ewma', fitId: fit.fitId, correlations: [] },
      ...(known === undefined
        ? { fit: { fittedAt: at, observations: series.length, garch: { ...fit.garch, logLikelihood }, gjr: null } }
        : {}),
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

  /** Somebody outside forecasts too. */
  private predict(at: string): void {
    const { closes, world } = this.recorder.inputs;
    const day = at.slice(0, 10);
    if (day < world.firstDay) return;
    this.lastOutside = ownOutsideVariance(outlook, closes, day);
    this.recorder.publish(predictionMade, '/upstream/market-prediction', at, {
      ...{
        kind: 'market',
        subjectId: benchmarkId,
        source: outlook.source,
        predictionId: day,
        madeAt: at,
        horizonDays: 1,
      },
      forecast: { target: 'volatility', variance: this.lastOutside },
    });
  }

  private score(kind: ForecastKind, subjectId: string, at: string): void {
    const last = this.last.get(subjectId);
    if (last === undefined) return;
    const { made, weights } = last;
    const { dates, series } = this.returns(weights, at);
    const [windowEnd, realisedReturn] = [dates.at(-1) ?? '', series.at(-1) ?? NaN];
    const realisedVariance = realisedReturn ** 2;
    const outside = kind === 'market' ? this.lastOutside : undefined;
    const rivals = outside === undefined ? [] : [{ method: outlook.source, variance: outside }];
    const scores = [...made.volatilities.filter(({ horizonDays }) => horizonDays === 1), ...rivals].map(
      ({ method, variance }) => ({
        ...{ method, variance, qlike: qlikeLoss(realisedVariance, variance) },
        squaredError: (realisedVariance - variance) ** 2,
      }),
    );
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

  /** Of the market and the portfolio, on their variances; the dynamic ones on the residuals of GARCH. */
  private correlations(at: string): void {
    const known = subjects.map(([, subjectId]) => this.last.get(subjectId));
    const columns = known.map((one) => this.returns(one?.weights ?? new Map(), at).series);
    const fit = { fitId: correlationFitId, fittedAt: '2019-12-01T00:00:00.000Z', a: 0.05, b: 0.9 };
    const ewma = ewmaCorrelations(columns, 0.94);
    const residuals = columns.map((column, i) => {
      const garch = this.fits.get(subjects[i]?.[1] ?? '')?.garch;
      return garch === undefined ? [] : garchRun(column, garch).residuals;
    });
    const dynamic = dynamicCorrelations(residuals, fit, horizons);
    const matrices = horizons.flatMap((horizonDays) =>
      (['ewma', 'dcc'] as const).map((method): CorrelationMatrix => {
        const own = method === 'ewma' ? ewma : dynamic.get(horizonDays);
        const variances = known.map(
          (one) =>
            one?.made.volatilities.find(
              (by) => by.method === (method === 'dcc' ? 'garch' : 'ewma') && by.horizonDays === horizonDays,
            )?.variance ?? NaN,
        );
        return { method, horizonDays, variances, correlations: [own?.[1]?.[0] ?? NaN] };
      }),
    );
    this.lastCorrelations = {
      ...{ forecastId: randomUUID(), kind: 'market', setId: 'XNYS-test-USD', currency: 'USD', madeAt: at },
      ...{ asOf: known[0]?.made.asOf ?? '', policyVersion: 1, codeVersion: 'test', fit, matrices },
      subjects: subjects.map(([kind, subjectId]) => ({ kind, subjectId })),
    };
    this.recorder.publish(correlationsForecast, '/risk-budget/forecasting', at, this.lastCorrelations);
  }

  private scoreCorrelations(at: string): void {
    const last = this.lastCorrelations;
    if (last === undefined) return;
    const days = subjects.map(([, subjectId]) => this.returns(this.last.get(subjectId)?.weights ?? new Map(), at));
    const columns = days.map(({ series }) => series.slice(-1));
    const scores = last.matrices
      .filter(({ horizonDays }) => horizonDays === 1)
      .map(({ method, variances: [first = NaN, second = NaN], correlations: [correlation = NaN] }) => {
        const covariance = correlation * Math.sqrt(first * second);
        const matrix = [
          [first, covariance],
          [covariance, second],
        ];
        return { method, ...covarianceLosses(matrix, columns) };
      });
    const windowEnd = days[0]?.dates.at(-1) ?? '';
    this.recorder.publish(correlationsScored, '/risk-budget/forecasting', at, {
      ...{ kind: last.kind, setId: last.setId, scoredAt: at, codeVersion: 'test' },
      scored: [{ forecastId: last.forecastId, horizonDays: 1, windowEnd, overlapping: false, scores }],
    });
  }

  private scoreRegimes(at: string): void {
    const last = this.lastRegime;
    if (last === undefined) return;
    const { dates, series } = this.returns(this.weights('market', benchmarkId, at), at);
    const realisedReturn = series.at(-1) ?? NaN;
    const transition = last.transition ?? [];
    const today = last.states.map(({ probability }) => probability);
    const scores = [
      { method: 'stationary', probabilities: restingDistribution(transition, 2) },
      { method: 'markovSwitching', probabilities: probabilitiesAhead(today, transition, 1) },
    ].map((one) => ({ ...one, logScore: logDensity(one.probabilities, regimeNumbers, realisedReturn) }));
    const scored = { regimeId: last.regimeId, states: 2, horizonDays: 1, windowEnd: dates.at(-1) ?? '' };
    this.recorder.publish(regimesScored, '/risk-budget/forecasting', at, {
      ...{ kind: 'market', subjectId: benchmarkId, scoredAt: at, codeVersion: 'test' },
      scored: [{ ...scored, realisedReturn, scores }],
    });
  }

  private regimes(at: string): void {
    const { dates, series } = this.returns(this.weights('market', benchmarkId, at), at);
    const transition = [0.9, 0.1, 0.3, 0.7];
    const { means, variances } = regimeNumbers;
    const today = filteredProbabilities(series, { means, variances, transition });
    this.lastRegime = {
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
    };
    this.recorder.publish(regimeEstimated, '/risk-budget/forecasting', at, this.lastRegime);
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

/** Parameters from which no step of a hundredth leads to a higher likelihood. */
function climbed(series: readonly number[]): GarchNumbers {
  const mean = series.reduce((sum, value) => sum + (100 * value) ** 2, 0) / series.length;
  let best: GarchNumbers = { omega: mean / 10, alpha: 0.1, gamma: 0, beta: 0.8 };
  for (;;) {
    const from = best;
    const steps = (['omega', 'alpha', 'beta'] as const).flatMap((parameter) =>
      [0.99, 1.01].map((factor): GarchNumbers => ({ ...from, [parameter]: from[parameter] * factor })),
    );
    for (const step of steps) {
      if (step.alpha + step.beta >= 1) continue;
      if (garchRun(series, step).logLikelihood > garchRun(series, best).logLikelihood + 1e-7) best = step;
    }
    if (best === from) return best;
  }
}
