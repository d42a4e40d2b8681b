import { Injectable } from '@nestjs/common';
import {
  budgetPlan as budgetPlanSchema,
  defaultRiskPolicy,
  type BudgetPlan,
  type RiskPolicy,
} from '@risk-budget/contracts';
import { Persistence, rows, type Tx } from '@risk-budget/persistence';
import type { AsOf, Source } from '../common/as-of.js';
import { ChangeLog } from '../common/change-log.js';
import { read, write } from '../common/database.js';
import { LeastRecentlyUsed } from '../common/least-recently-used.js';
import { microsOf } from '../common/moments.js';
import { RevisionCache } from '../common/revision-cache.js';

/** Nodes and target weights of plans kept in memory a process. */
const CACHED_NODES = 200_000;

/** A step in a plan's life, without the plan; times in microseconds. */
interface PlanStep {
  readonly sourceId: string;
  readonly planId: string;
  readonly version: number;
  readonly status: BudgetPlan['status'];
  readonly knownAt: number;
  /** From when it holds when it is active. */
  readonly from: number;
}

const ended: readonly BudgetPlan['status'][] = ['superseded', 'withdrawn', 'rejected'];

/** Budget plans through their life, and which one is in force. */
@Injectable()
export class BudgetPlanStore {
  /** By the event they came in. */
  private readonly plans = new LeastRecentlyUsed<string, BudgetPlan>(CACHED_NODES, sizeOf);
  /** By portfolio, in the order in which they were stored. */
  private readonly steps: RevisionCache<PlanStep>;

  constructor(
    private readonly persistence: Persistence,
    changes: ChangeLog,
  ) {
    this.steps = new RevisionCache(changes, 'budgetPlan', (ids, tx) => this.readSteps(ids, tx));
  }

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
    const step = inForce(await this.stepsOf(portfolioId, tx), microsOf(at.asOf), microsOf(at.knownAt));
    return step === undefined ? undefined : this.bySource(step.sourceId, tx);
  }

  /** One version of a plan as it stood when it was last told of as active; undefined when it never was. */
  async version(portfolioId: string, planId: string, version: number, tx?: Tx): Promise<BudgetPlan | undefined> {
    const step = (await this.stepsOf(portfolioId, tx)).findLast(
      (one) => one.planId === planId && one.version === version && one.status === 'active',
    );
    return step === undefined ? undefined : this.bySource(step.sourceId, tx);
  }

  /** The policy of the plan in force; the named default policy without one. */
  async policy(portfolioId: string, at: AsOf, tx?: Tx): Promise<RiskPolicy> {
    return (await this.active(portfolioId, at, tx))?.policy ?? defaultRiskPolicy;
  }

  private async stepsOf(portfolioId: string, tx: Tx | undefined): Promise<readonly PlanStep[]> {
    return (await this.steps.get([portfolioId], tx)).get(portfolioId) ?? [];
  }

  private async readSteps(ids: readonly string[], tx: Tx | undefined): Promise<Map<string, PlanStep[]>> {
    const found = await read<StepRow>(
      this.persistence,
      tx,
      `SELECT portfolio_id, source_id, plan_id, version, status, known_at, coalesce(effective_from, known_at) AS holds_from
       FROM md_budget_plan WHERE portfolio_id = ANY ($1::text[]) ORDER BY ordinal`,
      [ids],
    );
    const byPortfolio = new Map<string, PlanStep[]>();
    for (const row of found) {
      const list = byPortfolio.get(row.portfolio_id) ?? [];
      const { source_id: sourceId, plan_id: planId, version, status } = row;
      list.push({
        ...{ sourceId, planId, version, status },
        knownAt: microsOf(row.known_at),
        from: microsOf(row.holds_from),
      });
      byPortfolio.set(row.portfolio_id, list);
    }
    return byPortfolio;
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

interface StepRow {
  portfolio_id: string;
  source_id: string;
  plan_id: string;
  version: number;
  status: BudgetPlan['status'];
  known_at: string;
  holds_from: string;
}

/** @param steps in the order in which they were stored */
function inForce(steps: readonly PlanStep[], asOf: number, knownAt: number): PlanStep | undefined {
  const known = steps.filter((step) => step.knownAt <= knownAt);
  let best: PlanStep | undefined;
  known.forEach((step, place) => {
    if (step.status !== 'active' || step.from > asOf) return;
    const isEnded = known
      .slice(place + 1)
      .some(
        (later) =>
          later.planId === step.planId &&
          later.version >= step.version &&
          ended.includes(later.status) &&
          later.knownAt <= asOf,
      );
    if (isEnded) return;
    // Of two from the same moment the one known later, then the one stored later.
    if (best === undefined || step.from > best.from || (step.from === best.from && step.knownAt >= best.knownAt))
      best = step;
  });
  return best;
}

function sizeOf(plan: BudgetPlan): number {
  return plan.targetWeights.length + plan.trees.reduce((sum, tree) => sum + tree.nodes.length, 0);
}
