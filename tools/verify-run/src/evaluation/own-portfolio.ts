import { portfolioDefined, type UtilizationSnapshot } from '@risk-budget/contracts';
import type { RunContext } from '../checks/context.js';
import type { OwnMark } from '../market/known-market.js';
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

/** A change of one position. */
export interface OwnTrade {
  readonly strategy: string;
  readonly instrumentId: string;
  /** Signed; as a decimal text. */
  readonly quantityChange: string;
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
  at({ portfolioId, asOf, lineage }: UtilizationSnapshot, publishedAt: string): OwnPortfolio {
    return this.evaluated(portfolioId, this.holdings(portfolioId, asOf, publishedAt), { asOf, ...lineage });
  }

  /** Figures of what a portfolio holds at a moment, by a policy and a risk model. */
  evaluated(
    portfolioId: string,
    { quantities, ...holdings }: OwnHoldings,
    { asOf, modelId, policy }: Pick<UtilizationSnapshot['lineage'], 'modelId' | 'policy'> & { readonly asOf: string },
  ): OwnPortfolio {
    const { models, returns } = this.context;
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
    const held = this.context.positions.holdings(portfolioId, asOf, publishedAt);
    if (held === undefined) throw new Error(`${portfolioId} has no positions at ${asOf}`);
    return this.valued(held.holdings, held.cash, held.sequence, asOf);
  }

  /** What is held after some trades at the prices of a moment; cash pays. */
  traded({ quantities, cash, positionSequence }: OwnHoldings, trades: readonly OwnTrade[], asOf: string): OwnHoldings {
    const after = new Map(quantities.map((one) => [`${one.strategy}/${one.instrumentId}`, one]));
    let left = cash;
    for (const { strategy, instrumentId, quantityChange } of trades) {
      const key = `${strategy}/${instrumentId}`;
      const quantity = (after.get(key)?.quantity ?? 0) + Number(quantityChange);
      after.set(key, { strategy, instrumentId, quantity });
      left -= Number(quantityChange) * this.priceOf(instrumentId, asOf).price;
    }
    const held = [...after.values()].filter(({ quantity }) => quantity !== 0);
    return this.valued(held, left, positionSequence, asOf);
  }

  private valued(
    quantities: OwnHoldings['quantities'],
    cash: number,
    positionSequence: number,
    asOf: string,
  ): OwnHoldings {
    const { market } = this.context;
    const marks = new Map(quantities.map(({ instrumentId }) => [instrumentId, this.priceOf(instrumentId, asOf)]));
    let nav = cash;
    const priced = quantities.map((holding) => {
      const value = holding.quantity * (marks.get(holding.instrumentId)?.price ?? NaN);
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
    return { nav, cash, leaves, quantities, marks, positionSequence };
  }

  private priceOf(instrumentId: string, asOf: string): OwnMark {
    const mark = this.context.market.mark(instrumentId, asOf);
    if (mark === undefined) throw new Error(`${instrumentId} has no price at ${asOf}`);
    return mark;
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
