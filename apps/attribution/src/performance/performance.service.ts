import { Inject, Injectable } from '@nestjs/common';
import { CodedError, type Clock } from '@risk-budget/contracts';
import { ANNUALISATION, factorProjection, factorXSigmaRho, standardDeviation } from '@risk-budget/risk-math';
import { CLOCK } from '@risk-budget/service-kit';
import { asCodedError, AttributionError } from '../errors.js';
import { at, weightsOf } from '../risk/portfolio-weights.js';
import { factorBasisOf } from '../risk/risk-by-factor.js';
import { breakdownOf } from '../risk/risk.service.js';
import { CODE_VERSION } from '../version.js';
import { dayGroups, netsToNothing } from './day-groups.js';
import { DayReturnsReader, type PerformanceDay } from './day-returns.js';
import { groupEffects, linked, type DayEffects, type LinkedSource } from './linked-effects.js';
import type { PerformanceQuery, PerformanceView } from './performance.schemas.js';

/** Business days a question may be about: each is rebuilt. */
export const MAXIMUM_DAYS = 130;

interface ExplainedDay extends DayEffects {
  readonly source: 'stated' | 'own';
}

/** What a portfolio earned, told apart, beside the risk that it took for it. */
@Injectable()
export class PerformanceService {
  constructor(
    private readonly reader: DayReturnsReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws AttributionError `TIMES_IN_WRONG_ORDER`, `PERIOD_TOO_LONG`, `NO_SNAPSHOT`, `NO_RETURN`, `NO_FACTORS`, `NOT_DEFINED`, `INPUT_GONE`, `NOT_REBUILT` */
  async attribution(portfolioId: string, query: PerformanceQuery): Promise<PerformanceView> {
    const { from, to, by } = query;
    if (from > to) {
      throw new AttributionError('ATTRIBUTION.TIMES_IN_WRONG_ORDER', '`from` is after `to`.', { field: 'from' });
    }
    const knownAt = this.clock.now();
    const days = await this.reader.days(portfolioId, { from, to, knownAt }, MAXIMUM_DAYS);
    const explained: ExplainedDay[] = [];
    for (const day of days) explained.push(await this.explain(day, query));
    const period = linkedOrRefused(explained, by === 'factor' ? 1 : 3);
    const exAnte = exAnteBySource(days, query);
    return {
      ...{ portfolioId, from, to, by },
      portfolioReturn: period.portfolioReturn,
      benchmarkReturn: period.benchmarkReturn,
      activeReturn: period.activeReturn,
      benchmark: benchmarkOf(days, explained, by),
      risk: riskOf(days, explained),
      lines: period.sources
        .map((source) => lineOf(source, exAnte.get(source.name) ?? null))
        .sort((a, b) => b.total - a.total),
      days: days.map(({ date, start }, index) => ({
        date,
        source: explained[index]?.source ?? 'own',
        portfolioReturn: explained[index]?.portfolioReturn ?? 0,
        benchmarkReturn: explained[index]?.benchmarkReturn ?? 0,
        exAnteVolatilityAnnual: start?.snapshot.metrics.volatilityAnnual ?? null,
        var: start?.snapshot.metrics.var ?? null,
      })),
      codeVersion: CODE_VERSION,
    };
  }

  private async explain(day: PerformanceDay, { by, factors }: PerformanceQuery): Promise<ExplainedDay> {
    if (by === 'factor') return { ...factorEffects(day, factors), source: 'own' };
    const { source, rows } = await this.reader.rows(day, by);
    const nothing = netsToNothing(rows);
    if (nothing !== undefined) {
      const detail = `'${nothing}' nets to nothing on ${day.date} and has no return; ask by security.`;
      throw new AttributionError('ATTRIBUTION.NOT_DEFINED', detail, { field: 'by' });
    }
    try {
      return { ...groupEffects(dayGroups(rows)), source };
    } catch (error) {
      throw asCodedError(error);
    }
  }
}

function linkedOrRefused(days: readonly DayEffects[], width: number) {
  try {
    return linked(days, width);
  } catch (error) {
    throw asCodedError(error);
  }
}

/** Exposure at the start of the day × the factor's return, and what they leave; of the portfolio's own return, over cash. */
function factorEffects({ start, returns, date }: PerformanceDay, named: readonly string[] | undefined): DayEffects {
  if (start === undefined) {
    throw new AttributionError(
      'ATTRIBUTION.NO_SNAPSHOT',
      `Nothing says what the portfolio held at the start of ${date}.`,
    );
  }
  const { evaluation, policy } = start.inputs;
  const { matrix, instrumentIds } = evaluation.model;
  const basis = factorBasisOf(evaluation, policy, named);
  const { net } = weightsOf(evaluation);
  const values = instrumentIds.map((id, row) => {
    const value = returns.get(id);
    const matters = at(net, row) !== 0 || basis.positions.some((position) => at(position, row) !== 0);
    if (value === undefined && matters) {
      throw new AttributionError('ATTRIBUTION.NO_RETURN', `'${id}' has no return on ${date}.`);
    }
    return value ?? 0;
  });
  const dot = (weights: Float64Array): number => values.reduce((sum, value, row) => sum + value * at(weights, row), 0);
  try {
    const { exposures } =
      basis.ofModel && matrix.kind === 'factorModel'
        ? factorXSigmaRho(matrix, net, 1)
        : factorProjection(matrix, net, basis.positions, 1);
    const portfolioReturn = dot(net);
    const effects = basis.positions.map((position, k) => at(exposures, k) * dot(position));
    const specific = effects.reduce((left, effect) => left - effect, portfolioReturn);
    return {
      portfolioReturn,
      benchmarkReturn: 0,
      effects: new Map([...basis.names.map((name, k) => [name, [effects[k] ?? 0]] as const), ['specific', [specific]]]),
    };
  } catch (error) {
    throw asCodedError(error);
  }
}

/** Mean contribution to annual volatility at the start of the days, by source; none where a day cannot be told apart. */
function exAnteBySource(
  days: readonly PerformanceDay[],
  { by, factors }: Pick<PerformanceQuery, 'by' | 'factors'>,
): ReadonlyMap<string, number> {
  const starts = days.flatMap(({ start }) => (start === undefined ? [] : [start]));
  const sums = new Map<string, number>();
  try {
    for (const start of starts) {
      for (const { name, component } of breakdownOf(start, { measure: 'volatility', by, factors }).lines) {
        sums.set(name, (sums.get(name) ?? 0) + component / starts.length);
      }
    }
  } catch (error) {
    if (CodedError.is(error)) return new Map();
    throw error;
  }
  return sums;
}

function lineOf(
  { name, effects, total, realised }: LinkedSource,
  exAnteRisk: number | null,
): PerformanceView['lines'][number] {
  const [allocation = null, selection = null, interaction = null] = effects.length === 3 ? effects : [];
  return {
    ...{ name, allocation, selection, interaction, total, exAnteRisk },
    realisedRisk: realised?.riskContribution ?? null,
    realisedRiskShare: realised?.riskShare ?? null,
    ratio: realised?.ratio ?? null,
  };
}

function benchmarkOf(
  days: readonly PerformanceDay[],
  explained: readonly ExplainedDay[],
  by: PerformanceQuery['by'],
): PerformanceView['benchmark'] {
  if (by === 'factor') return 'cash';
  if (explained.some(({ source }) => source === 'stated')) return 'stated';
  return days.at(-1)?.start?.inputs.evaluation.benchmark?.kind ?? 'cash';
}

function riskOf(days: readonly PerformanceDay[], explained: readonly ExplainedDay[]): PerformanceView['risk'] {
  const starts = days.flatMap(({ start }) => (start === undefined ? [] : [start.snapshot]));
  const mean = (values: readonly (number | null)[]): number | null => {
    const known = values.flatMap((value) => (value === null ? [] : [value]));
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  const policy = starts.at(-1)?.lineage.policy;
  const daily = starts.length === days.length && starts.every(({ lineage }) => lineage.policy.horizonDays === 1);
  return {
    exAnteVolatilityAnnual: mean(starts.map(({ metrics }) => metrics.volatilityAnnual)),
    realisedVolatilityAnnual: deviation(explained.map(({ portfolioReturn }) => portfolioReturn)),
    exAnteTrackingErrorAnnual: mean(starts.map(({ metrics }) => metrics.trackingErrorAnnual)),
    realisedTrackingErrorAnnual: starts.some(({ metrics }) => metrics.trackingErrorAnnual !== null)
      ? deviation(explained.map(({ portfolioReturn, benchmarkReturn }) => portfolioReturn - benchmarkReturn))
      : null,
    varExceedances: daily
      ? explained.filter(({ portfolioReturn }, day) => -portfolioReturn > (starts[day]?.metrics.var ?? Infinity)).length
      : null,
    varConfidence: policy?.confidence ?? null,
  };
}

/** Annual, ddof 1; null below two days. */
function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  return standardDeviation(Float64Array.from(values)) * ANNUALISATION;
}
