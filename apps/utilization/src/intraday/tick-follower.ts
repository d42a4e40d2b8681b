import { Injectable } from '@nestjs/common';
import type { Tx } from '@risk-budget/persistence';
import { WatchedLimitsRepository } from '../limits/watched-limits.repository.js';
import type { PortfolioState } from '../portfolios/portfolio-state.js';
import type { EvaluatedPortfolio } from '../snapshots/portfolio-computation.js';
import { figuresOf, nodesOf } from '../snapshots/snapshot-assembly.js';
import { budgetBands, limitBands, NOT_FOLLOWED } from './quiet-bands.js';
import { QuietTicks } from './quiet-ticks.js';

/** Sets out from an evaluated portfolio to follow it tick by tick. */
@Injectable()
export class TickFollower {
  constructor(private readonly limits: WatchedLimitsRepository) {}

  /**
   * @param state the portfolio's row after the evaluation, locked
   * @param to moment of the last tick to be followed
   * @returns undefined where only a full evaluation can say what follows from a tick
   */
  async follow(
    tx: Tx,
    portfolio: EvaluatedPortfolio,
    state: PortfolioState,
    to: string,
  ): Promise<QuietTicks | undefined> {
    const { inputs, evaluation, plan } = portfolio;
    const states = new Map(Object.entries(state.memory.states));
    const ofBudgets = budgetBands({ nodes: evaluation.nodes, plan, thresholds: inputs.policy.thresholds, states });
    if (ofBudgets === NOT_FOLLOWED) return undefined;
    const limits = await this.limits.of(tx, state.portfolioId, state.limitsRevision);
    if (limits.length === 0) return QuietTicks.from(inputs, ofBudgets);
    const ofLimits = limitBands({
      limits,
      sides: state.memory.limitSides,
      figures: figuresOf(portfolio, nodesOf(portfolio, states)),
      from: inputs.at.asOf,
      to,
    });
    return ofLimits === NOT_FOLLOWED ? undefined : QuietTicks.from(inputs, [...ofBudgets, ...ofLimits]);
  }
}
