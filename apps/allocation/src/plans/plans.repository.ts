import { Injectable } from '@nestjs/common';
import { budgetPlan, type Actor, type BudgetPlan, type Instant, type PlanStatus } from '@risk-budget/contracts';
import { executeLater, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { z } from 'zod';
import { AllocationError } from '../errors.js';
import { planVersion, type PlanVersion } from './plan.schemas.js';

const person = z.object({ subject: z.string(), issuer: z.string(), name: z.string().optional() });

/** A plan as stored: its last published document, and the people and times behind it. */
const planRecord = z.object({
  planId: z.uuid(),
  portfolioId: z.string(),
  version: z.int(),
  status: z.enum(['draft', 'approved', 'active', 'superseded', 'rejected', 'withdrawn']),
  effectiveFrom: z.string().nullable(),
  document: budgetPlan,
  allocationId: z.uuid().nullable(),
  people: z.object({ editors: z.array(person).min(1), approver: person.nullable() }),
  awaitsModel: z.boolean(),
  draftedAt: z.string(),
  approvedAt: z.string().nullable(),
  activatedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
});
export type PlanRecord = z.infer<typeof planRecord>;

const columns = `plan_id AS "planId", portfolio_id AS "portfolioId", version, status, effective_from AS "effectiveFrom", document,
  allocation_id AS "allocationId", people, awaits_model AS "awaitsModel", drafted_at AS "draftedAt", approved_at AS "approvedAt",
  activated_at AS "activatedAt", ended_at AS "endedAt"`;

interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A person as the database compares them: issuer and subject. */
export function personKey({ issuer, subject }: { readonly issuer: string; readonly subject: string }): string {
  return JSON.stringify([issuer, subject]);
}

/** Plans and every version of them. */
@Injectable()
export class PlansRepository {
  constructor(private readonly persistence: Persistence) {}

  /** Takes the next version number of a portfolio's plans; whoever else changes one waits until this transaction ends. */
  async nextVersion(tx: Tx, portfolioId: string): Promise<number> {
    const [row] = await rows<{ version: number }>(
      tx,
      `INSERT INTO plan_head (portfolio_id, version) VALUES ($1, 1)
       ON CONFLICT (portfolio_id) DO UPDATE SET version = plan_head.version + 1 RETURNING version`,
      [portfolioId],
    );
    return row?.version ?? 1;
  }

  /** Holds the plans of a portfolio still, without a new version. */
  async lock(tx: Tx, portfolioId: string): Promise<void> {
    await executeLater(
      tx,
      'INSERT INTO plan_head (portfolio_id, version) VALUES ($1, 0) ON CONFLICT (portfolio_id) DO NOTHING',
      [portfolioId],
    );
    await rows(tx, 'SELECT 1 FROM plan_head WHERE portfolio_id = $1 FOR UPDATE', [portfolioId]);
  }

  async insert(tx: Tx, plan: PlanRecord): Promise<void> {
    const [proposer] = plan.people.editors;
    await executeLater(
      tx,
      `INSERT INTO budget_plan (plan_id, portfolio_id, version, status, effective_from, document, allocation_id, proposed_by, editors,
         people, drafted_at)
       VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9::text[], $10::jsonb, $11)`,
      [
        plan.planId,
        plan.portfolioId,
        plan.version,
        plan.status,
        plan.effectiveFrom,
        JSON.stringify(plan.document),
        plan.allocationId,
        proposer === undefined ? null : personKey(proposer),
        plan.people.editors.map(personKey),
        JSON.stringify(plan.people),
        plan.draftedAt,
      ],
    );
  }

  async update(tx: Tx, plan: PlanRecord): Promise<void> {
    const { editors, approver } = plan.people;
    await executeLater(
      tx,
      `UPDATE budget_plan SET version = $2, status = $3, effective_from = $4, document = $5::jsonb, allocation_id = $6, editors = $7::text[],
         approved_by = $8, people = $9::jsonb, awaits_model = $10, approved_at = $11, activated_at = $12, ended_at = $13
       WHERE plan_id = $1`,
      [
        plan.planId,
        plan.version,
        plan.status,
        plan.effectiveFrom,
        JSON.stringify(plan.document),
        plan.allocationId,
        editors.map(personKey),
        approver === null ? null : personKey(approver),
        JSON.stringify(plan.people),
        plan.awaitsModel,
        plan.approvedAt,
        plan.activatedAt,
        plan.endedAt,
      ],
    );
  }

  async insertVersion(tx: Tx, document: BudgetPlan, at: Instant, actor: Actor): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO budget_plan_version (plan_id, version, portfolio_id, at, actor, document) VALUES ($1, $2, $3, $4, $5::jsonb, $6::jsonb)`,
      [document.planId, document.version, document.portfolioId, at, JSON.stringify(actor), JSON.stringify(document)],
    );
  }

  /** @throws AllocationError `UNKNOWN_PLAN` */
  async get(portfolioId: string, planId: string, tx?: Tx): Promise<PlanRecord> {
    const [found] = await this.select(tx, 'plan_id = $1 AND portfolio_id = $2', [planId, portfolioId]);
    if (found === undefined) throw unknownPlan(planId);
    return found;
  }

  async active(tx: Tx | undefined, portfolioId: string): Promise<PlanRecord | undefined> {
    return (await this.select(tx, "portfolio_id = $1 AND status = 'active'", [portfolioId]))[0];
  }

  /** Approved plans of a portfolio whose time has come, in its order. */
  async due(tx: Tx, portfolioId: string, at: Instant): Promise<PlanRecord[]> {
    return this.select(
      tx,
      "portfolio_id = $1 AND status = 'approved' AND effective_from <= $2 ORDER BY effective_from, approved_at",
      [portfolioId, at],
    );
  }

  /** Newest first. */
  async list(
    portfolioId: string,
    filter: PageRequest & { readonly status?: PlanStatus | undefined },
  ): Promise<Page<PlanRecord>> {
    const after = decodeCursor(filter.cursor, z.tuple([z.iso.datetime(), z.uuid()]));
    const found = await this.select(
      undefined,
      `portfolio_id = $1 AND ($2::text IS NULL OR status = $2) AND ($3::timestamptz IS NULL OR (drafted_at, plan_id) < ($3, $4))
       ORDER BY drafted_at DESC, plan_id DESC LIMIT $5`,
      [portfolioId, filter.status ?? null, after?.[0] ?? null, after?.[1] ?? null, filter.limit + 1],
    );
    return toPage(
      found,
      filter.limit,
      (plan) => [plan.draftedAt, plan.planId],
      (plan) => plan,
    );
  }

  /** The version of a plan, its newest when none is named. @throws AllocationError `UNKNOWN_PLAN` */
  async version(planId: string, portfolioId: string, version?: number): Promise<PlanVersion> {
    const [row] = await this.persistence.query(
      `SELECT version, at, actor, document AS plan FROM budget_plan_version
       WHERE plan_id = $1 AND portfolio_id = $2 AND ($3::integer IS NULL OR version = $3) ORDER BY version DESC LIMIT 1`,
      [planId, portfolioId, version ?? null],
    );
    if (row === undefined) throw unknownPlan(planId, version);
    return planVersion.parse(row);
  }

  /** Versions of a plan, newest first. */
  async versions(planId: string, page: PageRequest): Promise<Page<PlanVersion>> {
    const after = decodeCursor(page.cursor, z.int());
    const found = await this.persistence.query(
      `SELECT version, at, actor, document AS plan FROM budget_plan_version
       WHERE plan_id = $1 AND ($2::integer IS NULL OR version < $2) ORDER BY version DESC LIMIT $3`,
      [planId, after ?? null, page.limit + 1],
    );
    return toPage(
      found.map((row) => planVersion.parse(row)),
      page.limit,
      (one) => one.version,
      (one) => one,
    );
  }

  /** The plan that was in force at a moment, as it was then. */
  async inForceAt(portfolioId: string, at: Instant): Promise<PlanVersion | undefined> {
    const [row] = await this.persistence.query(
      `SELECT version, at, actor, document AS plan FROM budget_plan_version
       WHERE portfolio_id = $1 AND at <= $2 AND document->>'status' = 'active' ORDER BY version DESC LIMIT 1`,
      [portfolioId, at],
    );
    return row === undefined ? undefined : planVersion.parse(row);
  }

  private async select(tx: Tx | undefined, condition: string, parameters: unknown[]): Promise<PlanRecord[]> {
    const sql = `SELECT ${columns} FROM budget_plan WHERE ${condition}`;
    const found = await (tx === undefined ? this.persistence.query(sql, parameters) : rows(tx, sql, parameters));
    return found.map((row) => planRecord.parse(row));
  }
}

function unknownPlan(planId: string, version?: number): AllocationError {
  const which = version === undefined ? `plan '${planId}'` : `version ${version} of the plan '${planId}'`;
  return new AllocationError('ALLOCATION.UNKNOWN_PLAN', `There is no ${which} in this portfolio.`);
}
