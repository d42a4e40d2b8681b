import { Injectable } from '@nestjs/common';
import {
  budgetPlan as budgetPlanSchema,
  defaultRiskPolicy,
  type BudgetPlan,
  type RiskPolicy,
} from '@risk-budget/contracts';
import { Persistence, rows, type Tx } from '@risk-budget/persistence';
import type { AsOf, Source } from '../common/as-of.js';
import { read, write } from '../common/database.js';
import { LeastRecentlyUsed } from '../common/least-recently-used.js';

/** Nodes and target weights of plans kept in memory a process. */
const CACHED_NODES = 200_000;

/** Budget plans through their life, and which one is in force. */
@Injectable()
export class BudgetPlanStore {
  /** By the event they came in. */
  private readonly plans = new LeastRecentlyUsed<string, BudgetPlan>(CACHED_NODES, sizeOf);

  constructor(private readonly persistence: Persistence) {}

  /** @returns false when this event was stored already */
  async put(plan: BudgetPlan, source: Source, tx?: Tx): Promise<boolean> {
    const inserted = await write(this.persistence, tx, (inTx) =>
      rows(
        inTx,
        `INSERT INTO md_budget_plan (source_id, portfolio_id, plan_id, version, status, effective_from, known_at, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (source_id) DO NOTHING RETURNING source_id`,
        [
          source.id,
          plan.portfolioId,
          plan.planId,
          plan.version,
          plan.status,
          plan.effectiveFrom,
          source.occurredAt,
          JSON.stringify(plan),
        ],
      ),
    );
    return inserted.length > 0;
  }

  /** Whether this version of the plan is stored, by whichever event. */
  async has({ portfolioId, planId, version }: BudgetPlan, tx?: Tx): Promise<boolean> {
    const found = await read(
      this.persistence,
      tx,
      'SELECT FROM md_budget_plan WHERE portfolio_id = $1 AND plan_id = $2 AND version = $3 LIMIT 1',
      [portfolioId, planId, version],
    );
    return found.length > 0;
  }

  /**
   * The plan in force: the last one made active and effective by `asOf`, unless it was itself ended (superseded, withdrawn,
   * rejected) later without another in its place.
   */
  async active(portfolioId: string, at: AsOf, tx?: Tx): Promise<BudgetPlan | undefined> {
    const [row] = await read<{ source_id: string }>(
      this.persistence,
      tx,
      `SELECT p.source_id FROM md_budget_plan p
       WHERE p.portfolio_id = $1 AND p.status = 'active' AND p.known_at <= $3
         AND coalesce(p.effective_from, p.known_at) <= $2
         AND NOT EXISTS (
           SELECT FROM md_budget_plan e
           WHERE e.portfolio_id = p.portfolio_id AND e.plan_id = p.plan_id AND e.version >= p.version
             AND e.ordinal > p.ordinal AND e.status IN ('superseded', 'withdrawn', 'rejected')
             AND e.known_at <= $3 AND e.known_at <= $2)
       ORDER BY coalesce(p.effective_from, p.known_at) DESC, p.known_at DESC, p.ordinal DESC LIMIT 1`,
      [portfolioId, at.asOf, at.knownAt],
    );
    return row === undefined ? undefined : this.bySource(row.source_id, tx);
  }

  /** One version of a plan as it stood when it was last told of as active; undefined when it never was. */
  async version(portfolioId: string, planId: string, version: number, tx?: Tx): Promise<BudgetPlan | undefined> {
    const [row] = await read<{ source_id: string }>(
      this.persistence,
      tx,
      `SELECT source_id FROM md_budget_plan
       WHERE portfolio_id = $1 AND plan_id = $2 AND version = $3 AND status = 'active' ORDER BY ordinal DESC LIMIT 1`,
      [portfolioId, planId, version],
    );
    return row === undefined ? undefined : this.bySource(row.source_id, tx);
  }

  /** The policy of the plan in force; the named default policy without one. */
  async policy(portfolioId: string, at: AsOf, tx?: Tx): Promise<RiskPolicy> {
    return (await this.active(portfolioId, at, tx))?.policy ?? defaultRiskPolicy;
  }

  private async bySource(sourceId: string, tx: Tx | undefined): Promise<BudgetPlan | undefined> {
    const cached = this.plans.get(sourceId);
    if (cached !== undefined) return cached;
    const [row] = await read<{ body: unknown }>(
      this.persistence,
      tx,
      'SELECT body FROM md_budget_plan WHERE source_id = $1',
      [sourceId],
    );
    if (row === undefined) return undefined;
    const plan = budgetPlanSchema.parse(row.body);
    this.plans.set(sourceId, plan);
    return plan;
  }
}

function sizeOf(plan: BudgetPlan): number {
  return plan.targetWeights.length + plan.trees.reduce((sum, tree) => sum + tree.nodes.length, 0);
}
