import { Injectable } from '@nestjs/common';
import { dateOf, type Benchmark, type Instrument, type Portfolio, type RiskPolicy } from '@risk-budget/contracts';
import { addDecimals, multiplyDecimals, normalizeDecimal, type Tx } from '@risk-budget/persistence';
import { createScenarios, RiskMathError, type ScenarioSet } from '@risk-budget/risk-math';
import { seenAt, type AsOf } from '../common/as-of.js';
import { ChangeLog } from '../common/change-log.js';
import { BenchmarkStore } from '../benchmarks/benchmark.store.js';
import { MarketDataError, noModel, noPositions, noPrice } from '../errors.js';
import { InstrumentStore } from '../instruments/instrument.store.js';
import { RiskModelStore, type LoadedRiskModel } from '../models/risk-model.store.js';
import { PortfolioStore } from '../portfolios/portfolio.store.js';
import type { Holding, Holdings } from '../positions/holdings.js';
import { PositionStore } from '../positions/position.store.js';
import { AlignedReturnsService } from '../prices/aligned-returns.service.js';
import type { AlignedReturns } from '../prices/aligned-returns.types.js';
import { MarkStore } from '../prices/mark.store.js';
import { MarkTimeline, type ArrivedMark } from '../prices/mark-timeline.js';
import { FxStore } from '../rates/fx.store.js';
import { assembleInputs } from './assemble-inputs.js';
import type { InputMark, PortfolioInputs, PortfolioInputsQuery, Trade } from './portfolio-inputs.types.js';
import { differInMarksAlone, sameMarks, type PartMark, type PortfolioParts } from './portfolio-parts.js';
import { applyTrades } from './trades.js';

/** A tick that has come and is stored. */
export interface ArrivedTick extends ArrivedMark {
  readonly eventId: string;
}

/** A portfolio's inputs after one tick and the next. */
export interface InputsBetween {
  /** Goes on to where the next of the ticks has come. @returns the prices that have changed since the one before */
  advance(): readonly { readonly instrumentId: string; readonly price: number }[];
  /** The inputs as they are then. */
  inputs(): PortfolioInputs;
}

/** Builds the input of a portfolio's evaluation from the stores. */
@Injectable()
export class PortfolioInputsLoader {
  /** What inputs were made of, for putting them together again with trades. */
  private readonly parts = new WeakMap<PortfolioInputs, PortfolioParts>();
  private readonly scenarios = new WeakMap<AlignedReturns, Map<string, ScenarioSet | undefined>>();

  constructor(
    private readonly portfolios: PortfolioStore,
    private readonly instruments: InstrumentStore,
    private readonly benchmarks: BenchmarkStore,
    private readonly positions: PositionStore,
    private readonly marks: MarkStore,
    private readonly rates: FxStore,
    private readonly models: RiskModelStore,
    private readonly aligned: AlignedReturnsService,
    private readonly changes: ChangeLog,
  ) {}

  /**
   * The historical scenarios end with the model's last bar and know what the model knew: two evaluations with one model and
   * policy have the same scenarios.
   *
   * @throws MarketDataError `UNKNOWN_PORTFOLIO`, `UNKNOWN_INSTRUMENT`, `NO_POSITIONS`, `NO_PRICE`, `NO_RATE`, `NO_MODEL`,
   *   `NAV_NOT_POSITIVE` (each with the prefix `MARKET_DATA.`)
   */
  load(query: PortfolioInputsQuery, tx?: Tx): Promise<PortfolioInputs> {
    return this.changes.once(tx, () => this.loadNow(query, tx));
  }

  /**
   * The same inputs after some trades, at the marks of `inputs`; instruments not held are marked as of the same moment. Cash
   * falls by what is bought.
   *
   * @throws as {@link load}, for the instruments traded
   */
  async withTrades(inputs: PortfolioInputs, trades: readonly Trade[], tx?: Tx): Promise<PortfolioInputs> {
    const parts = this.parts.get(inputs);
    if (parts === undefined) {
      const { portfolio, at, policy, model, historicalWindow } = inputs;
      const loaded = await this.load(
        {
          ...{ portfolioId: portfolio.portfolioId, at, policy, historical: historicalWindow !== null },
          model: await this.models.get(model.modelId, tx),
        },
        tx,
      );
      return this.withTrades(loaded, trades, tx);
    }
    const { at, portfolio } = parts;
    const added = trades.map(({ strategy, instrumentId }) => ({ strategy, instrumentId, quantity: '0' }));
    const unmarked = added.filter(({ instrumentId }) => !parts.marks.has(instrumentId));
    const definitions = await this.instruments.get(
      added.map((trade) => trade.instrumentId),
      at.knownAt,
      tx,
    );
    const instruments = new Map([...parts.instruments, ...definitions]);
    const marks = new Map([...parts.marks, ...(await this.marksOf(unmarked, at, tx))]);
    const known = parts.rates;
    const unknown = [...definitions.values()].some(({ currency }) => !known.has(currency));
    const rates = unknown ? await this.ratesOf(portfolio, added, instruments, known.keys(), at, tx) : known;
    const unpriced = added.filter(({ instrumentId }) => !marks.has(instrumentId));
    if (unpriced.length > 0) throw noPrice([...new Set(unpriced.map((trade) => trade.instrumentId))], at.asOf);
    return this.assemble(applyTrades({ ...parts, instruments, marks, rates }, trades));
  }

  /**
   * The inputs after each of some ticks that have come one after the other, when nothing but ticks has become visible in between: what `load`
   * answers where those behind it are unseen.
   *
   * @param start and `end` as `load` has made them, of one portfolio and day: before the first of the ticks and after the last
   * @param ticks in the order in which they have come
   * @returns undefined when anything else is new at the end, or could have been in between
   */
  async between(
    start: PortfolioInputs,
    end: PortfolioInputs,
    ticks: readonly ArrivedTick[],
    tx?: Tx,
  ): Promise<InputsBetween | undefined> {
    const [first, last] = [this.parts.get(start), this.parts.get(end)];
    if (first === undefined || last === undefined || !differInMarksAlone(first, last)) return undefined;
    const ids = [...first.marks.keys()];
    const [from, to] = [first.at.asOf, last.at.asOf];
    const coming = await this.marks.coming(ids, { from, to, unseen: ticks.map(({ eventId }) => eventId) }, tx);
    // What comes is not carried over an ex-date: of the same day there is none.
    const whole = MarkTimeline.of(first.marks, coming, ticks, dateOf(to));
    const timeline = MarkTimeline.of(first.marks, coming, ticks, dateOf(to));
    if (whole === undefined || timeline === undefined) return undefined;
    for (let count = 0; count < ticks.length; count++) whole.advance();
    if (!sameMarks(whole.marks(), last.marks)) return undefined;
    return {
      advance: () => timeline.advance(),
      inputs: () => this.assemble({ ...first, marks: timeline.marks(), at: seenAt(timeline.moment ?? first.at.asOf) }),
    };
  }

  private async loadNow(query: PortfolioInputsQuery, tx: Tx | undefined): Promise<PortfolioInputs> {
    const { portfolioId, at, policy, lineage, alsoModelled = [] } = query;
    const portfolio = await this.portfolios.get(portfolioId, at.knownAt, tx);
    const holdings = await this.positions.holdings(portfolioId, at, tx, lineage?.positionSequence);
    if (holdings === undefined) throw noPositions(portfolioId, at.asOf);
    const model = query.model ?? (await this.models.latest(portfolioId, at, policy, tx));
    if (model === undefined) throw noModel(portfolioId, at.asOf);
    const benchmark =
      portfolio.benchmarkId === undefined ? undefined : await this.benchmarks.find(portfolio.benchmarkId, at, tx);
    const instruments = await this.definitions(holdings.positions, model, benchmark, alsoModelled, at, tx);
    const cash = cashOf(holdings, instruments);
    const aligned = query.historical === false ? undefined : await this.returnsOf(portfolio, model, policy, tx);
    return this.assemble({
      portfolio,
      at,
      policy,
      model,
      aligned,
      scenarios: aligned === undefined ? undefined : this.scenariosOf(aligned, policy),
      holdings,
      positions: holdings.positions,
      cash,
      instruments,
      marks:
        lineage === undefined
          ? await this.marksOf(holdings.positions, at, tx, query.unseenTicks)
          : partMarks(lineage.marks),
      rates: withMarkedRates(
        await this.ratesOf(portfolio, holdings.positions, instruments, cash.keys(), at, tx),
        lineage?.marks ?? [],
      ),
      benchmark,
      alsoModelled,
    });
  }

  private assemble(parts: PortfolioParts): PortfolioInputs {
    const inputs = assembleInputs(parts);
    this.parts.set(inputs, parts);
    return inputs;
  }

  /** Held instruments must be defined; for those of the model and the benchmark it is enough to know what is known. */
  private async definitions(
    positions: readonly Holding[],
    model: LoadedRiskModel,
    benchmark: Benchmark | undefined,
    others: readonly string[],
    at: AsOf,
    tx: Tx | undefined,
  ): Promise<Map<string, Instrument>> {
    const names = benchmark?.kind === 'weights' ? benchmark.weights.map((weight) => weight.instrumentId) : [];
    const held = positions.map((position) => position.instrumentId);
    const found = await this.instruments.find(
      [...new Set([...held, ...names, ...others, ...model.evaluation.instrumentIds])],
      at.knownAt,
      tx,
    );
    if (held.some((id) => !found.has(id))) await this.instruments.get(held, at.knownAt, tx);
    return found;
  }

  /** Ours, unless the price that came with the positions is newer. */
  private async marksOf(
    positions: readonly Holding[],
    at: AsOf,
    tx: Tx | undefined,
    unseen?: readonly string[],
  ): Promise<ReadonlyMap<string, PartMark>> {
    const marks = new Map<string, PartMark>(
      await this.marks.marks([...new Set(positions.map((position) => position.instrumentId))], at, tx, unseen),
    );
    for (const { instrumentId, statedPrice } of positions) {
      if (statedPrice === undefined) continue;
      const own = marks.get(instrumentId);
      if (own !== undefined && Date.parse(own.time) >= Date.parse(statedPrice.time)) continue;
      marks.set(instrumentId, { price: Number(statedPrice.price), time: statedPrice.time });
    }
    return marks;
  }

  private ratesOf(
    portfolio: Portfolio,
    positions: readonly Pick<Holding, 'instrumentId'>[],
    instruments: ReadonlyMap<string, Instrument>,
    others: Iterable<string>,
    at: AsOf,
    tx: Tx | undefined,
  ): Promise<PortfolioParts['rates']> {
    const currencies = new Set([portfolio.baseCurrency, ...others]);
    for (const { instrumentId } of positions) currencies.add(instruments.get(instrumentId)?.currency ?? '');
    currencies.delete('');
    return this.rates.conversions([...currencies], portfolio.baseCurrency, at, tx);
  }

  private async returnsOf(
    portfolio: Portfolio,
    { model, evaluation }: LoadedRiskModel,
    policy: RiskPolicy,
    tx: Tx | undefined,
  ): Promise<AlignedReturns | undefined> {
    const query = {
      instrumentIds: evaluation.instrumentIds,
      baseCurrency: portfolio.baseCurrency,
      end: model.asOf,
      knownAt: model.knownAt,
      days: policy.historicalWindowDays,
      minimumHistory: policy.minimumHistoryDays,
    };
    try {
      const aligned = await this.aligned.load(query, tx);
      // Scenarios are of exactly the model's instruments or of none.
      return aligned.unavailable.length === 0 ? aligned : undefined;
    } catch (error) {
      if (error instanceof MarketDataError && error.code === 'MARKET_DATA.NO_HISTORY') return undefined;
      throw error;
    }
  }

  private scenariosOf(aligned: AlignedReturns, policy: RiskPolicy): ScenarioSet | undefined {
    const key = `${policy.horizonDays} ${policy.scaling}`;
    const known = this.scenarios.get(aligned) ?? new Map<string, ScenarioSet | undefined>();
    this.scenarios.set(aligned, known);
    if (!known.has(key)) known.set(key, scenariosOrNone(aligned, policy));
    return known.get(key);
  }
}

function partMarks(marks: readonly InputMark[]): Map<string, PartMark> {
  return new Map(marks.map(({ instrumentId, price, time }) => [instrumentId, { price, time }]));
}

/** Rates as the marks name them; of when they were is as the store says. */
function withMarkedRates(rates: PortfolioParts['rates'], marks: readonly InputMark[]): PortfolioParts['rates'] {
  if (marks.length === 0) return rates;
  const marked = new Map(rates);
  for (const { currency, rate, time } of marks) marked.set(currency, { ...(rates.get(currency) ?? { time }), rate });
  return marked;
}

/** Too short a history has no scenarios. */
function scenariosOrNone(aligned: AlignedReturns, policy: RiskPolicy): ScenarioSet | undefined {
  try {
    return createScenarios(aligned.returns, policy);
  } catch (error) {
    if (RiskMathError.is(error) && error.reason === 'tooFewObservations') return undefined;
    throw error;
  }
}

/** Cash as stated, plus dividends that the sender's cash does not include. */
function cashOf(holdings: Holdings, instruments: ReadonlyMap<string, Instrument>): Map<string, string> {
  const cash = new Map(holdings.cash.map(({ currency, amount }) => [currency, amount]));
  for (const { instrumentId, quantity, amount } of holdings.dividends) {
    const instrument = instruments.get(instrumentId);
    if (instrument === undefined) continue;
    const paid = multiplyDecimals(multiplyDecimals(quantity, amount), instrument.contractMultiplier);
    cash.set(instrument.currency, normalizeDecimal(addDecimals(cash.get(instrument.currency) ?? '0', paid)));
  }
  return cash;
}
