import { Injectable } from '@nestjs/common';
import type { Instant, Instrument, Portfolio, RiskPolicy } from '@risk-budget/contracts';
import {
  AlignedReturnsService,
  BenchmarkStore,
  InstrumentStore,
  PortfolioStore,
  RiskModelStore,
  seenAt,
  UNCLASSIFIED_SECTOR,
  type LoadedRiskModel,
} from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import {
  createScenarios,
  evaluatePortfolio,
  type BenchmarkInput,
  type PortfolioEvaluation,
  type RiskMeasure,
  type ScenarioSet,
} from '@risk-budget/risk-math';
import { AllocationError, asAllocationError } from '../errors.js';
import type { TargetWeight } from '../rebalancing/drift.js';
import type { Leaf } from '../trees/node-place.js';

/** What target weights are evaluated with. */
export interface PlanningContext {
  readonly portfolio: Portfolio;
  readonly policy: RiskPolicy;
  readonly at: Instant;
  readonly loaded: LoadedRiskModel;
  /** Definitions of the instruments asked for; unknown ones are absent. */
  readonly instruments: ReadonlyMap<string, Instrument>;
  /** Absent when the portfolio has none, or the model lacks one of its instruments. */
  readonly benchmark: BenchmarkInput | undefined;
}

export interface ContextQuery {
  readonly portfolioId: string;
  readonly at: Instant;
  readonly policy: RiskPolicy;
  readonly modelId?: string | undefined;
  readonly instrumentIds: readonly string[];
}

const historical: ReadonlySet<RiskMeasure> = new Set(['historicalVar', 'historicalEs']);

/** Evaluates target weights with the evaluator that utilization uses, on a portfolio worth 1. */
@Injectable()
export class TargetEvaluator {
  constructor(
    private readonly portfolios: PortfolioStore,
    private readonly instruments: InstrumentStore,
    private readonly benchmarks: BenchmarkStore,
    private readonly returns: AlignedReturnsService,
    private readonly models: RiskModelStore,
  ) {}

  /**
   * The model is the one named, else the newest by the policy, else the newest of the portfolio.
   *
   * @throws AllocationError `NO_MODEL`
   */
  async context(query: ContextQuery, tx?: Tx): Promise<PlanningContext> {
    const { portfolioId, at, policy } = query;
    const loaded = await this.modelOf(query, tx);
    if (loaded === undefined) {
      throw new AllocationError(
        'ALLOCATION.NO_MODEL',
        `No risk model of the portfolio '${portfolioId}' is known at ${at}.`,
      );
    }
    const portfolio = await this.portfolios.get(portfolioId, at, tx);
    return {
      portfolio,
      policy,
      at,
      loaded,
      instruments: await this.instruments.find(query.instrumentIds, at, tx),
      benchmark: await this.benchmarkOf(portfolio, at, loaded, tx),
    };
  }

  /**
   * Euler contributions and figures of target weights.
   *
   * @throws AllocationError `NOT_MODELLED`, `NO_BENCHMARK`; MarketDataError `NO_HISTORY` for historical measures
   */
  async evaluate(
    context: PlanningContext,
    targets: readonly TargetWeight[],
    measures: readonly RiskMeasure[],
    tx?: Tx,
  ): Promise<PortfolioEvaluation> {
    requireModelled(context, targets);
    if (measures.includes('trackingError')) requireBenchmark(context);
    const scenarios = measures.some((measure) => historical.has(measure))
      ? await this.scenarios(context, tx)
      : undefined;
    const { policy, loaded, benchmark } = context;
    try {
      return evaluatePortfolio({
        nav: 1,
        leaves: targets.map((target) => ({
          ...leafOf(context, target.strategy, target.instrumentId),
          issuer: context.instruments.get(target.instrumentId)?.issuer ?? target.instrumentId,
          value: target.weight,
        })),
        model: loaded.evaluation,
        benchmark,
        scenarios,
        specification: {
          confidence: policy.confidence,
          horizonDays: policy.horizonDays,
          scaling: policy.scaling,
          quantileRule: policy.quantileRule,
        },
        measures,
      });
    } catch (error) {
      throw asAllocationError(error);
    }
  }

  private async modelOf(
    { portfolioId, at, policy, modelId }: ContextQuery,
    tx?: Tx,
  ): Promise<LoadedRiskModel | undefined> {
    if (modelId !== undefined) {
      const named = await this.models.get(modelId, tx);
      return named.model.portfolioId === portfolioId ? named : undefined;
    }
    return (
      (await this.models.latest(portfolioId, seenAt(at), policy, tx)) ??
      (await this.models.latest(portfolioId, seenAt(at), undefined, tx))
    );
  }

  private async benchmarkOf(
    portfolio: Portfolio,
    at: Instant,
    { evaluation }: LoadedRiskModel,
    tx?: Tx,
  ): Promise<BenchmarkInput | undefined> {
    if (portfolio.benchmarkId === undefined) return undefined;
    const benchmark = await this.benchmarks.find(portfolio.benchmarkId, seenAt(at), tx);
    if (benchmark === undefined) return undefined;
    const input: BenchmarkInput =
      benchmark.kind === 'series'
        ? { kind: 'series', instrumentId: benchmark.instrumentId }
        : { kind: 'weights', weights: benchmark.weights };
    const known = new Set(evaluation.instrumentIds);
    const ids = input.kind === 'series' ? [input.instrumentId] : input.weights.map((one) => one.instrumentId);
    return ids.every((id) => known.has(id)) ? input : undefined;
  }

  /** The scenarios that utilization uses: they end with the model's last bar and know what the model knew. */
  private async scenarios({ portfolio, policy, loaded }: PlanningContext, tx?: Tx): Promise<ScenarioSet> {
    const { model, evaluation } = loaded;
    const aligned = await this.returns.load(
      {
        instrumentIds: evaluation.instrumentIds,
        baseCurrency: portfolio.baseCurrency,
        end: model.asOf,
        knownAt: model.knownAt,
        days: policy.historicalWindowDays,
        minimumHistory: policy.minimumHistoryDays,
      },
      tx,
    );
    return createScenarios(aligned.returns, policy);
  }
}

/** Where an instrument stands in a strategy. */
export function leafOf(context: PlanningContext, strategy: string, instrumentId: string): Leaf {
  return { strategy, instrumentId, sector: context.instruments.get(instrumentId)?.sector ?? UNCLASSIFIED_SECTOR };
}

/** The sector of an instrument for a tree; undefined for one that is not known. */
export function sectorIn(context: PlanningContext, instrumentId: string): string | undefined {
  const instrument = context.instruments.get(instrumentId);
  return instrument === undefined ? undefined : (instrument.sector ?? UNCLASSIFIED_SECTOR);
}

export function requireModelled(context: PlanningContext, leaves: readonly { readonly instrumentId: string }[]): void {
  const known = new Set(context.loaded.evaluation.instrumentIds);
  const missing = [...new Set(leaves.map((leaf) => leaf.instrumentId).filter((id) => !known.has(id)))];
  if (missing.length === 0) return;
  throw new AllocationError(
    'ALLOCATION.NOT_MODELLED',
    `The risk model '${context.loaded.model.modelId}' does not have ${missing.map((id) => `'${id}'`).join(', ')}.`,
    missing.map((id) => ({ field: `leaves.${id}`, problem: 'is not in the risk model' })),
  );
}

export function requireBenchmark(context: PlanningContext): BenchmarkInput {
  if (context.benchmark !== undefined) return context.benchmark;
  throw new AllocationError(
    'ALLOCATION.NO_BENCHMARK',
    `The portfolio '${context.portfolio.portfolioId}' has no benchmark that its risk model knows.`,
  );
}
