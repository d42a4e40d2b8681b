import { Injectable } from '@nestjs/common';
import { CodedError, type Benchmark, type Instant, type Instrument, type Portfolio } from '@risk-budget/contracts';
import {
  BenchmarkStore,
  BudgetPlanStore,
  ChangeLog,
  InstrumentStore,
  PortfolioInputsLoader,
  PortfolioStore,
  seenAt,
  type PortfolioInputs,
} from '@risk-budget/market-data';
import { isInfrastructureError, type Tx } from '@risk-budget/persistence';
import { subjectKey, type Refusal, type Subject } from './subject.js';

/** A portfolio as it stands at the moment of a run. */
export interface HeldPortfolio {
  readonly portfolio: Portfolio;
  readonly subject: Subject;
  readonly inputs: PortfolioInputs;
  readonly market: Subject | undefined;
}

export interface Universe {
  readonly subjects: readonly Subject[];
  readonly portfolios: readonly HeldPortfolio[];
  readonly refusals: readonly Refusal[];
}

/** What there is to forecast: each portfolio, its market, the factors of its risk policy, and every instrument that one holds. */
@Injectable()
export class SubjectsService {
  constructor(
    private readonly portfolios: PortfolioStore,
    private readonly instruments: InstrumentStore,
    private readonly benchmarks: BenchmarkStore,
    private readonly plans: BudgetPlanStore,
    private readonly loader: PortfolioInputsLoader,
    private readonly changes: ChangeLog,
  ) {}

  /** Of the portfolios with this calendar, as known at the moment. */
  universe(tx: Tx, calendar: string, at: Instant): Promise<Universe> {
    return this.changes.once(tx, () => this.universeNow(tx, calendar, at));
  }

  private async universeNow(tx: Tx, calendar: string, at: Instant): Promise<Universe> {
    const known = (await this.portfolios.list(at, tx)).filter((portfolio) => portfolio.calendar === calendar);
    const subjects = new Map<string, Subject>();
    const refusals: Refusal[] = [];
    const held: HeldPortfolio[] = [];
    const add = (subject: Subject): void => {
      if (!subjects.has(subjectKey(subject))) subjects.set(subjectKey(subject), subject);
    };
    const definitions = new Map((await this.instruments.list(at, tx)).map((one) => [one.instrumentId, one]));
    for (const portfolio of known) {
      const market = await this.market(tx, portfolio, definitions, at);
      if (market !== undefined) add(market);
      const inputs = await this.inputs(tx, portfolio, at, refusals);
      if (inputs === undefined) continue;
      factorsOf(inputs, portfolio).forEach(add);
      for (const subject of instrumentsOf(inputs)) add(subject);
      const subject = portfolioSubject(inputs);
      if (subject.weights.size === 0) continue;
      add(subject);
      held.push({ portfolio, subject, inputs, market });
    }
    return { subjects: [...subjects.values()], portfolios: held, refusals };
  }

  private async market(
    tx: Tx,
    { benchmarkId, baseCurrency }: Portfolio,
    definitions: ReadonlyMap<string, Instrument>,
    at: Instant,
  ): Promise<Subject | undefined> {
    if (benchmarkId === undefined) return undefined;
    const benchmark = await this.benchmarks.find(benchmarkId, seenAt(at), tx);
    return benchmark === undefined ? undefined : marketSubject(benchmark, definitions, baseCurrency);
  }

  /** A portfolio that cannot be valued or has no model is put on record, and the others go on. */
  private async inputs(
    tx: Tx,
    { portfolioId }: Portfolio,
    at: Instant,
    refusals: Refusal[],
  ): Promise<PortfolioInputs | undefined> {
    try {
      const policy = await this.plans.policy(portfolioId, seenAt(at), tx);
      return await this.loader.load({ portfolioId, at: seenAt(at), policy }, tx);
    } catch (error) {
      if (!CodedError.is(error) || error.retryable || isInfrastructureError(error)) throw error;
      refusals.push({ kind: 'portfolio', subjectId: portfolioId, code: error.code, detail: error.detail });
      return undefined;
    }
  }
}

/** A series in its own currency; weights in the currency of the portfolio that is compared with them. */
function marketSubject(
  benchmark: Benchmark,
  definitions: ReadonlyMap<string, Instrument>,
  baseCurrency: string,
): Subject {
  const kind = 'market';
  const subjectId = benchmark.benchmarkId;
  if (benchmark.kind === 'series') {
    const currency = definitions.get(benchmark.instrumentId)?.currency ?? baseCurrency;
    return { kind, subjectId, currency, weights: new Map([[benchmark.instrumentId, 1]]) };
  }
  const weights = new Map(benchmark.weights.map(({ instrumentId, weight }) => [instrumentId, weight]));
  return { kind, subjectId, currency: baseCurrency, weights };
}

/** The market, and each fund's return over it, by the names that the risk model gives them. */
function factorsOf({ policy }: PortfolioInputs, { baseCurrency: currency }: Portfolio): Subject[] {
  if (policy.model.method !== 'timeSeriesFactor') return [];
  const { marketInstrumentId: market, factorInstrumentIds } = policy.model;
  return [
    { kind: 'factor', subjectId: market, currency, weights: new Map([[market, 1]]) },
    ...factorInstrumentIds.map((fund): Subject => {
      const weights = new Map([
        [fund, 1],
        [market, -1],
      ]);
      return { kind: 'factor', subjectId: `${fund}-${market}`, currency, weights };
    }),
  ];
}

function instrumentsOf({ positions }: PortfolioInputs): Subject[] {
  return positions.map(({ instrumentId, currency }) => ({
    kind: 'instrument',
    subjectId: instrumentId,
    currency,
    weights: new Map([[instrumentId, 1]]),
  }));
}

function portfolioSubject({ positions, portfolio }: PortfolioInputs): Subject {
  const weights = new Map<string, number>();
  for (const { instrumentId, weight } of positions) {
    weights.set(instrumentId, (weights.get(instrumentId) ?? 0) + weight);
  }
  return { kind: 'portfolio', subjectId: portfolio.portfolioId, currency: portfolio.baseCurrency, weights };
}
