import { Injectable } from '@nestjs/common';
import { breachState, limitMeasure, riskMeasure } from '@risk-budget/contracts';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { jsonOrNull } from '../definitions/limits.repository.js';
import { personColumn } from '../person.js';
import type { BreachRecord, BreachTransition } from './breach.types.js';

/** Columns in the order of the record's fields. */
const columns = {
  breachId: 'breach_id',
  portfolioId: 'portfolio_id',
  limitId: 'limit_id',
  limitVersion: 'limit_version',
  severity: 'severity',
  direction: 'direction',
  measure: 'measure',
  budgetMeasure: 'budget_measure',
  nodeId: 'node_id',
  state: 'state',
  nature: 'nature',
  openedAt: 'opened_at',
  resolvedAt: 'resolved_at',
  snapshotId: 'snapshot_id',
  heldSnapshotId: 'held_snapshot_id',
  value: 'value',
  bound: 'bound',
  worstValue: 'worst_value',
  escalationPolicyId: 'escalation_policy_id',
  escalationStep: 'escalation_step',
  ladder: 'ladder',
  ladderStartedAt: 'ladder_started_at',
  acknowledgedBy: 'acknowledged_by',
  acknowledgedAt: 'acknowledged_at',
  waivedBy: 'waived_by',
  waiverExpiresAt: 'waiver_expires_at',
  remediationPlan: 'remediation_plan',
  remediationDueAt: 'remediation_due_at',
  remediationAuthors: 'remediation_authors',
  reason: 'reason',
  revision: 'revision',
} as const satisfies Record<keyof BreachRecord, string>;

const fields = Object.keys(columns) as (keyof BreachRecord)[];
const selection = fields.map((field) => `${columns[field]} AS "${field}"`).join(', ');

const breachRow = z.object({
  breachId: z.string(),
  portfolioId: z.string(),
  limitId: z.string(),
  limitVersion: z.number(),
  severity: z.enum(['soft', 'hard']),
  direction: z.enum(['upper', 'lower']),
  measure: limitMeasure,
  budgetMeasure: riskMeasure.nullable(),
  nodeId: z.string(),
  state: breachState,
  nature: z.enum(['active', 'passive']),
  openedAt: z.string(),
  resolvedAt: z.string().nullable(),
  snapshotId: z.string(),
  heldSnapshotId: z.string().nullable(),
  value: z.number(),
  bound: z.number(),
  worstValue: z.number(),
  escalationPolicyId: z.string(),
  escalationStep: z.number(),
  ladder: z.number(),
  ladderStartedAt: z.string(),
  acknowledgedBy: personColumn.nullable(),
  acknowledgedAt: z.string().nullable(),
  waivedBy: personColumn.nullable(),
  waiverExpiresAt: z.string().nullable(),
  remediationPlan: z.string().nullable(),
  remediationDueAt: z.string().nullable(),
  remediationAuthors: z.array(z.string()),
  reason: z.string().nullable(),
  revision: z.number(),
}) satisfies z.ZodType<BreachRecord>;

const transitionRow = z
  .object({
    ordinal: z.number(),
    transition: z.string(),
    from_state: breachState.nullable(),
    to_state: breachState,
    at: z.string(),
    actor: personColumn.nullable(),
    event: z.unknown(),
  })
  .transform((row): BreachTransition => ({
    ordinal: row.ordinal,
    transition: row.transition,
    from: row.from_state,
    to: row.to_state,
    at: row.at,
    by: row.actor,
    event: row.event,
  }));

/** Which breaches a list shows. */
export interface BreachFilter {
  readonly portfolioId?: string | undefined;
  readonly limitId?: string | undefined;
  readonly state?: string | undefined;
  readonly severity?: string | undefined;
  readonly openedFrom?: string | undefined;
  readonly openedTo?: string | undefined;
  /** False leaves resolved ones out. */
  readonly resolved?: boolean | undefined;
}

function parameters(breach: BreachRecord): unknown[] {
  return fields.map((field) => {
    const value = breach[field];
    return field === 'acknowledgedBy' || field === 'waivedBy' ? jsonOrNull(value) : value;
  });
}

/** SQL over breaches and their history. */
@Injectable()
export class BreachesRepository {
  async insert(tx: Tx, breach: BreachRecord): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO breach (${fields.map((field) => columns[field]).join(', ')}) VALUES (${fields.map((_, index) => `$${index + 1}`).join(', ')})`,
      parameters(breach),
    );
  }

  async update(tx: Tx, breach: BreachRecord): Promise<void> {
    const changes = fields.slice(1).map((field, index) => `${columns[field]} = $${index + 2}`);
    await executeLater(tx, `UPDATE breach SET ${changes.join(', ')} WHERE breach_id = $1`, parameters(breach));
  }

  async find(tx: Tx, breachId: string): Promise<BreachRecord | undefined> {
    const [row] = await rows(tx, `SELECT ${selection} FROM breach WHERE breach_id = $1`, [breachId]);
    return row === undefined ? undefined : breachRow.parse(row);
  }

  /** The unresolved breach of each limit that has one. */
  async unresolved(tx: Tx, portfolioIds: readonly string[]): Promise<BreachRecord[]> {
    const found = await rows(
      tx,
      `SELECT ${selection} FROM breach WHERE portfolio_id = ANY($1) AND state <> 'resolved' ORDER BY limit_id`,
      [[...portfolioIds]],
    );
    return z.array(breachRow).parse(found);
  }

  /** Every breach that a portfolio has had. */
  async all(tx: Tx, portfolioId: string): Promise<BreachRecord[]> {
    const found = await rows(tx, `SELECT ${selection} FROM breach WHERE portfolio_id = $1 ORDER BY ordinal`, [
      portfolioId,
    ]);
    return z.array(breachRow).parse(found);
  }

  async list(
    tx: Tx,
    filter: BreachFilter & { readonly scope: string; readonly scopeParameters: readonly unknown[] },
    after: string | undefined,
    count: number,
  ): Promise<BreachRecord[]> {
    const values = [...filter.scopeParameters];
    const conditions = [filter.scope];
    const add = (value: unknown, sql: (position: number) => string): void => {
      if (value !== undefined) conditions.push(sql(values.push(value)));
    };
    add(filter.portfolioId, (n) => `portfolio_id = $${n}`);
    add(filter.limitId, (n) => `limit_id = $${n}`);
    add(filter.state, (n) => `state = $${n}`);
    add(filter.severity, (n) => `severity = $${n}`);
    add(filter.openedFrom, (n) => `opened_at >= $${n}`);
    add(filter.openedTo, (n) => `opened_at < $${n}`);
    if (filter.resolved !== undefined) conditions.push(`state ${filter.resolved ? '=' : '<>'} 'resolved'`);
    add(after, (n) => `ordinal < (SELECT ordinal FROM breach WHERE breach_id = $${n})`);
    const found = await rows(
      tx,
      `SELECT ${selection} FROM breach WHERE ${conditions.join(' AND ')} ORDER BY ordinal DESC LIMIT $${values.push(count)}`,
      values,
    );
    return z.array(breachRow).parse(found);
  }

  async addTransition(tx: Tx, breachId: string, transition: Omit<BreachTransition, 'ordinal'>): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO breach_transition (breach_id, ordinal, transition, from_state, to_state, at, actor, event)
       SELECT $1, coalesce(max(ordinal), 0) + 1, $2, $3, $4, $5, $6, $7 FROM breach_transition WHERE breach_id = $1`,
      [
        breachId,
        transition.transition,
        transition.from,
        transition.to,
        transition.at,
        jsonOrNull(transition.by),
        JSON.stringify(transition.event),
      ],
    );
  }

  async history(tx: Tx, breachId: string): Promise<BreachTransition[]> {
    const found = await rows(
      tx,
      'SELECT ordinal, transition, from_state, to_state, at, actor, event FROM breach_transition WHERE breach_id = $1 ORDER BY ordinal',
      [breachId],
    );
    return z.array(transitionRow).parse(found);
  }
}
