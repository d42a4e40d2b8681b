import { benchmarkStated, type ForecastKind } from '@risk-budget/contracts';
import type { RunContext } from '../checks/context.js';
import { OwnPortfolios } from './own-portfolio.js';

/** Window and history of the forecast policy that the service comes with. */
const windowDays = 1000;
const minimumHistory = 250;

/** Fractions of net asset value, by instrument. */
export type SubjectWeights = ReadonlyMap<string, number>;

export interface SubjectReturns {
  readonly dates: readonly string[];
  readonly series: readonly number[];
}

/** What is forecast, as fixed weights on instruments: one of them, a market that is a series, or what a portfolio holds. */
export class OwnSubjects {
  private readonly portfolios: OwnPortfolios;
  private readonly markets: ReadonlyMap<string, string>;

  constructor(private readonly context: RunContext) {
    this.portfolios = new OwnPortfolios(context);
    this.markets = new Map(
      context.events
        .of(benchmarkStated)
        .flatMap(({ data }) => (data.kind === 'series' ? [[data.benchmarkId, data.instrumentId] as const] : [])),
    );
  }

  /**
   * @param publishedAt statements of positions that the log took later are not in it
   * @returns undefined for a subject that is not computed here
   */
  weights(kind: ForecastKind, subjectId: string, at: string, publishedAt: string): SubjectWeights | undefined {
    if (kind === 'instrument') return new Map([[subjectId, 1]]);
    if (kind === 'market') {
      const instrumentId = this.markets.get(subjectId);
      return instrumentId === undefined ? undefined : new Map([[instrumentId, 1]]);
    }
    if (kind !== 'portfolio') return undefined;
    const weights = new Map<string, number>();
    for (const { instrumentId, weight } of this.portfolios.holdings(subjectId, at, publishedAt).leaves) {
      weights.set(instrumentId, (weights.get(instrumentId) ?? 0) + weight);
    }
    return weights;
  }

  /** Past returns of fixed weights, from bars up to a moment as they were known then. */
  returns(weights: SubjectWeights, end: string): SubjectReturns {
    const { market, returns } = this.context;
    const instrumentIds = [...market.instruments.values()]
      .filter(({ knownAt }) => knownAt <= end)
      .map(({ data }) => data.instrumentId)
      .sort();
    const window = returns.get({ instrumentIds, end, days: windowDays, minimumHistory });
    const held = [...weights].map(([id, weight]) => ({ column: instrumentIds.indexOf(id), weight }));
    return {
      dates: window.dates,
      series: window.values.map((row) =>
        held.reduce((sum, { column, weight }) => sum + weight * (row[column] ?? NaN), 0),
      ),
    };
  }
}
