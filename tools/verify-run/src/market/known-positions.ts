import {
  positionsChanged,
  positionsStated,
  type PositionChanges,
  type PositionsSnapshot,
} from '@risk-budget/contracts';
import type { RunEvents } from '../events/run-events.js';
import type { KnownMarket } from './known-market.js';

type Statement = (
  | { readonly kind: 'snapshot'; readonly body: PositionsSnapshot }
  | { readonly kind: 'changes'; readonly body: PositionChanges }
) & { readonly publishedAt: string };

/** Quantity of one leaf. */
export interface OwnHolding {
  readonly strategy: string;
  readonly instrumentId: string;
  readonly quantity: number;
}

export interface OwnHoldings {
  readonly holdings: readonly OwnHolding[];
  /** In the portfolio's currency; the run has one currency. */
  readonly cash: number;
  readonly sequence: number;
}

/** What portfolios held at any moment of the run, from the upstream topics. */
export class KnownPositions {
  private readonly statements = new Map<string, Statement[]>();

  constructor(
    events: RunEvents,
    private readonly market: KnownMarket,
  ) {
    for (const { data, publishedAt } of events.of(positionsStated)) {
      this.add(data.portfolioId, { kind: 'snapshot', body: data, publishedAt });
    }
    for (const { data, publishedAt } of events.of(positionsChanged)) {
      this.add(data.portfolioId, { kind: 'changes', body: data, publishedAt });
    }
  }

  /**
   * Holdings as of a business time, from what had been published by a moment of the wall clock: the newest snapshot and every change after
   * it. A split that positions are stated `before` multiplies what was stated before its ex-date or on it.
   */
  holdings(portfolioId: string, asOf: string, publishedBy: string): OwnHoldings | undefined {
    const known = (this.statements.get(portfolioId) ?? []).filter(
      (statement) => statement.body.asOf <= asOf && statement.publishedAt <= publishedBy,
    );
    const snapshots = known.filter((statement) => statement.kind === 'snapshot');
    const base = snapshots.sort((a, b) => a.body.sequence - b.body.sequence).at(-1);
    if (base === undefined) return undefined;
    const leaves = new Map<string, OwnHolding>();
    let cash = 0;
    let sequence = base.body.sequence;
    const hold = (strategy: string, instrumentId: string, quantity: number, stated: string) => {
      const key = `${strategy}/${instrumentId}`;
      const shares = quantity * this.splitSince(instrumentId, stated, asOf);
      leaves.set(key, { strategy, instrumentId, quantity: (leaves.get(key)?.quantity ?? 0) + shares });
    };
    for (const position of base.body.positions) {
      hold(position.strategy, position.instrumentId, Number(position.quantity), base.body.asOf);
    }
    for (const balance of base.body.cash) cash += Number(balance.amount);
    for (const statement of known) {
      if (statement.kind !== 'changes' || statement.body.sequence <= base.body.sequence) continue;
      for (const change of statement.body.changes) {
        hold(change.strategy, change.instrumentId, Number(change.quantityChange), statement.body.asOf);
      }
      for (const balance of statement.body.cashChanges) cash += Number(balance.amount);
      sequence = Math.max(sequence, statement.body.sequence);
    }
    return { holdings: [...leaves.values()].filter((leaf) => leaf.quantity !== 0), cash, sequence };
  }

  private splitSince(instrumentId: string, stated: string, asOf: string): number {
    const after = this.market.splitFactor(instrumentId, stated, asOf, asOf);
    const onTheDay = this.market.splitOn(instrumentId, stated, asOf);
    return after * onTheDay;
  }

  private add(portfolioId: string, statement: Statement): void {
    const list = this.statements.get(portfolioId) ?? [];
    this.statements.set(portfolioId, list);
    list.push(statement);
  }
}
