import { portfolioDefined, type UtilizationSnapshot } from '@risk-budget/contracts';
import type { RunContext } from '../checks/context.js';
import { evaluateOwn, type OwnEvaluation, type OwnLeaf } from './own-evaluation.js';

/** What a portfolio holds at a moment, and what it is worth. */
export interface OwnHoldings {
  readonly nav: number;
  readonly cash: number;
  readonly leaves: readonly OwnLeaf[];
  readonly quantities: readonly {
    readonly strategy: string;
    readonly instrumentId: string;
    readonly quantity: number;
  }[];
  readonly marks: ReadonlyMap<string, { price: number; time: string }>;
  readonly positionSequence: number;
}

/** A portfolio at the moment of a snapshot, from positions, prices and models alone. */
export interface OwnPortfolio extends Omit<OwnHoldings, 'quantities'> {
  readonly stale: readonly string[];
  readonly proxiedShare: number;
  readonly daysToLiquidate: ReadonlyMap<string, number>;
  readonly evaluation: OwnEvaluation;
  readonly scenarios: { readonly start: string; readonly end: string; readonly count: number };
}

const dayMilliseconds = 86_400_000;

/** Rebuilds portfolios. */
export class OwnPortfolios {
  private readonly benchmarks = new Map<string, string>();

  constructor(private readonly context: RunContext) {
    for (const { data } of context.events.of(portfolioDefined)) {
      if (data.benchmarkId !== undefined) this.benchmarks.set(data.portfolioId, data.benchmarkId);
    }
  }

  /** The series that a portfolio is measured against. */
  benchmarkOf(portfolioId: string): string | undefined {
    return this.benchmarks.get(portfolioId);
  }

  /**
   * The portfolio of a snapshot. Of the snapshot itself only its moment, its policy and the id of its model are used.
   *
   * @param publishedAt when the log took the snapshot: statements published later are not in it
   */
  at(snapshot: UtilizationSnapshot, publishedAt: string): OwnPortfolio {
    const { models, returns } = this.context;
    const { portfolioId, asOf } = snapshot;
    const { policy, modelId } = snapshot.lineage;
    const { quantities, ...holdings } = this.holdings(portfolioId, asOf, publishedAt);
    const { leaves, marks } = holdings;
    const model = models.get(modelId);
    // Scenarios know what the model knew: between two models only positions and prices move the historical figures.
    const knownAt = models.published.get(modelId)?.knownAt ?? asOf;
    const window = returns.get({
      instrumentIds: model.instrumentIds,
      end: knownAt,
      days: policy.historicalWindowDays,
      minimumHistory: policy.minimumHistoryDays,
    });
    const proxied = new Set(model.returns.proxies.map((proxy) => proxy.instrumentId));
    const gross = leaves.reduce((sum, leaf) => sum + Math.abs(leaf.weight), 0);
    const onProxy = leaves.filter((leaf) => proxied.has(leaf.instrumentId));
    return {
      ...holdings,
      stale: [...marks.keys()].filter((id) => this.isStale(id, marks.get(id)?.time ?? asOf, asOf)).sort(),
      proxiedShare: onProxy.reduce((sum, leaf) => sum + Math.abs(leaf.weight), 0) / gross,
      daysToLiquidate: this.liquidation(quantities),
      evaluation: evaluateOwn({
        leaves,
        instrumentIds: model.instrumentIds,
        covariance: model.covariance,
        scenarios: window.values,
        benchmark: this.benchmarks.get(portfolioId),
        confidence: policy.confidence,
        horizonDays: policy.horizonDays,
      }),
      scenarios: { start: window.dates[0] ?? '', end: window.dates.at(-1) ?? '', count: window.values.length },
    };
  }

  /**
   * What a portfolio holds at a moment.
   *
   * @param publishedAt statements that the log took later are not in it
   */
  holdings(portfolioId: string, asOf: string, publishedAt: string): OwnHoldings {
    const { market, positions } = this.context;
    const held = positions.holdings(portfolioId, asOf, publishedAt);
    if (held === undefined) throw new Error(`${portfolioId} has no positions at ${asOf}`);
    const marks = new Map<string, { price: number; time: string }>();
    let nav = held.cash;
    const priced = held.holdings.map((holding) => {
      const mark = market.mark(holding.instrumentId, asOf);
      if (mark === undefined) throw new Error(`${holding.instrumentId} has no price at ${asOf}`);
      marks.set(holding.instrumentId, mark);
      const value = holding.quantity * mark.price;
      nav += value;
      return { ...holding, value };
    });
    const leaves = priced.map(({ strategy, instrumentId, value }): OwnLeaf => {
      const instrument = market.instruments.get(instrumentId)?.data;
      return {
        strategy,
        instrumentId,
        sector: instrument?.sector ?? 'Unclassified',
        issuer: instrument?.issuer ?? instrumentId,
        value,
        weight: value / nav,
      };
    });
    return { nav, cash: held.cash, leaves, quantities: held.holdings, marks, positionSequence: held.sequence };
  }

  private isStale(instrumentId: string, time: string, asOf: string): boolean {
    const limit = this.context.market.instruments.get(instrumentId)?.data.staleAfterDays ?? 0;
    const age = Date.parse(`${asOf.slice(0, 10)}T00:00:00Z`) - Date.parse(`${time.slice(0, 10)}T00:00:00Z`);
    return age / dayMilliseconds > limit;
  }

  /** Days to sell each position at its share of the daily volume, by leaf id. */
  private liquidation(
    priced: readonly { readonly strategy: string; readonly instrumentId: string; readonly quantity: number }[],
  ): Map<string, number> {
    const days = new Map<string, number>();
    for (const { strategy, instrumentId, quantity } of priced) {
      const liquidity = this.context.market.instruments.get(instrumentId)?.data.liquidity;
      if (liquidity === undefined) continue;
      const aDay = Number(liquidity.averageDailyVolume) * liquidity.participationRate;
      days.set(`leaf:${strategy}/${instrumentId}`, Math.abs(quantity) / aDay);
    }
    return days;
  }
}
