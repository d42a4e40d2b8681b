import { Injectable } from '@nestjs/common';
import type { UtilizationSnapshot } from '@risk-budget/contracts';
import { seenAt } from '@risk-budget/market-data';
import { Persistence } from '@risk-budget/persistence';
import { noSnapshot, unknownPortfolio, UtilizationError } from '../errors.js';
import type { NodeStates } from '../nodes/node-states.js';
import { PortfolioComputation, type EvaluatedPortfolio } from '../snapshots/portfolio-computation.js';
import type { PresentState } from './portfolio-state.js';
import { PortfolioStateRepository } from './portfolio-state.repository.js';

/** A portfolio as its latest snapshot shows it, ready for further evaluation. */
export interface CurrentPortfolio {
  readonly snapshotId: string;
  readonly sequence: number;
  readonly asOf: string;
  readonly portfolio: EvaluatedPortfolio;
  readonly states: NodeStates;
}

/** Portfolios kept ready; the least recently used goes first. */
const capacity = 64;

/**
 * The latest evaluation of each portfolio, kept in memory by its snapshot. It is only a cache: the snapshot named in the
 * database decides whether it is used, so that any instance answers with the same state.
 */
@Injectable()
export class CurrentPortfolios {
  private readonly ready = new Map<string, CurrentPortfolio>();
  private readonly loading = new Map<string, Promise<CurrentPortfolio>>();

  constructor(
    private readonly persistence: Persistence,
    private readonly states: PortfolioStateRepository,
    private readonly computation: PortfolioComputation,
  ) {}

  /** Keeps what a committed snapshot was made of. */
  put(snapshot: UtilizationSnapshot, portfolio: EvaluatedPortfolio, states: NodeStates): void {
    const { portfolioId, snapshotId, sequence, asOf } = snapshot;
    this.keep(portfolioId, { snapshotId, sequence, asOf, portfolio, states });
  }

  /**
   * @throws NotFoundError for an unknown portfolio; UtilizationError `UTILIZATION.NO_SNAPSHOT` before the first snapshot,
   *   `UTILIZATION.NOT_EVALUABLE` while the present state has no figures
   */
  async get(portfolioId: string): Promise<CurrentPortfolio> {
    const state = await this.states.present(portfolioId);
    if (state === undefined) throw unknownPortfolio(portfolioId);
    const { snapshotId } = requireEvaluable(state);
    const kept = this.ready.get(portfolioId);
    if (kept?.snapshotId !== snapshotId) return this.load(portfolioId, snapshotId);
    this.keep(portfolioId, kept);
    return kept;
  }

  private load(portfolioId: string, snapshotId: string): Promise<CurrentPortfolio> {
    const running =
      this.loading.get(snapshotId) ?? this.read(portfolioId).finally(() => this.loading.delete(snapshotId));
    this.loading.set(snapshotId, running);
    return running;
  }

  /** State and data in one view of the database, so that they belong together. */
  private async read(portfolioId: string): Promise<CurrentPortfolio> {
    const current = await this.persistence.transaction(
      async (tx): Promise<CurrentPortfolio> => {
        const state = await this.states.find(portfolioId, tx);
        if (state === undefined) throw unknownPortfolio(portfolioId);
        const { snapshotId, sequence, asOf } = requireEvaluable(state);
        const portfolio = await this.computation.evaluateAt(portfolioId, seenAt(asOf), tx);
        return { snapshotId, sequence, asOf, portfolio, states: new Map(Object.entries(state.memory.states)) };
      },
      { isolation: 'REPEATABLE READ' },
    );
    this.keep(portfolioId, current);
    return current;
  }

  private keep(portfolioId: string, current: CurrentPortfolio): void {
    const kept = this.ready.get(portfolioId);
    if (kept !== undefined && kept.sequence > current.sequence) return;
    this.ready.delete(portfolioId);
    this.ready.set(portfolioId, current);
    const [oldest] = this.ready.keys();
    if (this.ready.size > capacity && oldest !== undefined) this.ready.delete(oldest);
  }
}

/** What a portfolio's row says of its latest snapshot. @throws UtilizationError when it has none or its present state no figures */
function requireEvaluable(state: PresentState): { snapshotId: string; sequence: number; asOf: string } {
  const { portfolioId, problem, snapshotId, sequence, asOf } = state;
  if (problem !== null && snapshotId !== null) throw new UtilizationError('UTILIZATION.NOT_EVALUABLE', problem.detail);
  if (snapshotId === null || asOf === null) {
    throw noSnapshot(portfolioId, problem?.detail ?? 'no positions and risk model have arrived.');
  }
  return { snapshotId, sequence, asOf };
}
