import { Injectable } from '@nestjs/common';
import { limitBound, limitProposal, limitStatus, type Instant, type LimitProposal } from '@risk-budget/contracts';
import { execute, executeLater, rows, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { isBefore } from '../instants.js';
import { personColumn } from '../person.js';
import { overlapKey, type LimitHead, type LimitVersion } from './limit.types.js';

const headRow = z
  .object({ limit_id: z.string(), portfolio_id: z.string(), revision: z.number() })
  .transform((row): LimitHead => ({ limitId: row.limit_id, portfolioId: row.portfolio_id, revision: row.revision }));

const versionColumns = `limit_id, version, portfolio_id, change, status, name, measure, budget_measure, scope, node_id, direction,
  bound_kind, bound, severity, hysteresis, effective_from, effective_to, in_force_to, escalation_policy_id, reason,
  source, proposed_by, proposed_at, editors, approved_by, approved_at, rejected_by, rejected_at, rejection_reason,
  scenario_id`;

const versionRow = z
  .object({
    limit_id: z.string(),
    version: z.number(),
    portfolio_id: z.string(),
    change: z.enum(['created', 'revised', 'retired']),
    status: limitStatus,
    name: z.string(),
    measure: z.string(),
    budget_measure: z.string().nullable(),
    scope: z.unknown(),
    node_id: z.string(),
    direction: z.string(),
    bound_kind: z.enum(['absolute', 'shareOfBudget']),
    bound: z.coerce.number(),
    severity: z.string(),
    hysteresis: z.number(),
    effective_from: z.string(),
    effective_to: z.string().nullable(),
    in_force_to: z.string().nullable(),
    escalation_policy_id: z.string().nullable(),
    reason: z.string().nullable(),
    source: z.enum(['rest', 'topic', 'file']),
    proposed_by: personColumn,
    proposed_at: z.string(),
    editors: z.array(z.string()),
    approved_by: personColumn.nullable(),
    approved_at: z.string().nullable(),
    rejected_by: personColumn.nullable(),
    rejected_at: z.string().nullable(),
    rejection_reason: z.string().nullable(),
    scenario_id: z.string().nullable(),
  })
  .transform((row): LimitVersion => ({
    limitId: row.limit_id,
    version: row.version,
    change: row.change,
    status: row.status,
    proposal: limitProposal.parse({
      limitId: row.limit_id,
      portfolioId: row.portfolio_id,
      name: row.name,
      measure: row.measure,
      budgetMeasure: row.budget_measure ?? undefined,
      scenarioId: row.scenario_id ?? undefined,
      scope: row.scope,
      direction: row.direction,
      bound: boundOf(row.bound_kind, row.bound),
      severity: row.severity,
      hysteresis: row.hysteresis,
      effectiveFrom: row.effective_from,
      effectiveTo: row.effective_to ?? undefined,
      escalationPolicyId: row.escalation_policy_id ?? undefined,
      reason: row.reason ?? undefined,
    }),
    nodeId: row.node_id,
    inForceTo: row.in_force_to,
    source: row.source,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at,
    editors: row.editors,
    approvedBy: row.approved_by,
    approvedAt: row.approved_at,
    rejectedBy: row.rejected_by,
    rejectedAt: row.rejected_at,
    rejectionReason: row.rejection_reason,
  }));

export function boundOf(kind: 'absolute' | 'shareOfBudget', value: number): LimitProposal['bound'] {
  return limitBound.parse(kind === 'absolute' ? { kind, value } : { kind, share: value });
}

export function boundValue(bound: LimitProposal['bound']): string {
  return String(bound.kind === 'absolute' ? bound.value : bound.share);
}

/** Which limits a list shows. */
export interface LimitFilter {
  readonly portfolioId?: string | undefined;
  readonly status?: string | undefined;
  readonly measure?: string | undefined;
  readonly severity?: string | undefined;
}

/** SQL over limits and their versions. */
@Injectable()
export class LimitsRepository {
  async insertHead(tx: Tx, head: Omit<LimitHead, 'revision'>, at: Instant): Promise<boolean> {
    const inserted = await execute(
      tx,
      'INSERT INTO limit_head (limit_id, portfolio_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [head.limitId, head.portfolioId, at],
    );
    return inserted === 1;
  }

  async head(tx: Tx, limitId: string, lock = false): Promise<LimitHead | undefined> {
    const [row] = await rows(
      tx,
      `SELECT limit_id, portfolio_id, revision FROM limit_head WHERE limit_id = $1${lock ? ' FOR UPDATE' : ''}`,
      [limitId],
    );
    return row === undefined ? undefined : headRow.parse(row);
  }

  /** Wall-clock instant until which what was said of a limit was rebuilt; undefined where nothing was. */
  async rebuiltUntil(tx: Tx, limitId: string): Promise<string | undefined> {
    const [row] = await rows<{ until: string | null }>(
      tx,
      'SELECT rebuilt_until AS until FROM limit_head WHERE limit_id = $1',
      [limitId],
    );
    return row?.until ?? undefined;
  }

  /** Counts a change of the limit. @returns the new revision */
  async touch(tx: Tx, limitId: string): Promise<number> {
    const [row] = await rows(
      tx,
      'UPDATE limit_head SET revision = revision + 1 WHERE limit_id = $1 RETURNING revision',
      [limitId],
    );
    return z.object({ revision: z.number() }).parse(row).revision;
  }

  async heads(
    tx: Tx,
    filter: LimitFilter & { readonly scope: string; readonly scopeParameters: unknown[]; after?: string | undefined },
    count: number,
  ): Promise<LimitHead[]> {
    const parameters = [...filter.scopeParameters];
    const conditions = [filter.scope];
    const add = (sql: (position: number) => string, value: unknown): void => {
      if (value !== undefined) conditions.push(sql(parameters.push(value)));
    };
    const versionMatches = (column: string) => (position: number) =>
      `EXISTS (SELECT 1 FROM limit_version v WHERE v.limit_id = h.limit_id AND v.${column} = $${position}
         AND (v.status IN ('proposed', 'active') OR v.version = (SELECT max(version) FROM limit_version WHERE limit_id = h.limit_id)))`;
    add((position) => `h.portfolio_id = $${position}`, filter.portfolioId);
    add((position) => `h.limit_id > $${position}`, filter.after);
    add(versionMatches('status'), filter.status);
    add(versionMatches('measure'), filter.measure);
    add(versionMatches('severity'), filter.severity);
    const found = await rows(
      tx,
      `SELECT limit_id, portfolio_id, revision FROM limit_head h WHERE ${conditions.join(' AND ')} ORDER BY limit_id LIMIT $${parameters.push(count)}`,
      parameters,
    );
    return z.array(headRow).parse(found);
  }

  async insertVersion(tx: Tx, version: LimitVersion): Promise<void> {
    const { proposal } = version;
    await executeLater(
      tx,
      `INSERT INTO limit_version (${versionColumns}, overlap_key)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
         $26, $27, $28, $29, $30, $31)`,
      [
        version.limitId,
        version.version,
        proposal.portfolioId,
        version.change,
        version.status,
        proposal.name,
        proposal.measure,
        proposal.budgetMeasure ?? null,
        JSON.stringify(proposal.scope),
        version.nodeId,
        proposal.direction,
        proposal.bound.kind,
        boundValue(proposal.bound),
        proposal.severity,
        proposal.hysteresis,
        proposal.effectiveFrom,
        proposal.effectiveTo ?? null,
        version.inForceTo,
        proposal.escalationPolicyId ?? null,
        proposal.reason ?? null,
        version.source,
        JSON.stringify(version.proposedBy),
        version.proposedAt,
        [...version.editors],
        jsonOrNull(version.approvedBy),
        version.approvedAt,
        jsonOrNull(version.rejectedBy),
        version.rejectedAt,
        version.rejectionReason,
        proposal.scenarioId ?? null,
        overlapKey(proposal, version.nodeId),
      ],
    );
  }

  /** Writes what a decision changes of a version. */
  async updateDecision(tx: Tx, version: LimitVersion): Promise<void> {
    await executeLater(
      tx,
      `UPDATE limit_version SET status = $3, in_force_to = $4, approved_by = $5, approved_at = $6,
         rejected_by = $7, rejected_at = $8, rejection_reason = $9 WHERE limit_id = $1 AND version = $2`,
      [
        version.limitId,
        version.version,
        version.status,
        version.inForceTo,
        jsonOrNull(version.approvedBy),
        version.approvedAt,
        jsonOrNull(version.rejectedBy),
        version.rejectedAt,
        version.rejectionReason,
      ],
    );
  }

  /** All versions of some limits, oldest first. */
  async versions(tx: Tx, limitIds: readonly string[]): Promise<LimitVersion[]> {
    if (limitIds.length === 0) return [];
    const found = await rows(
      tx,
      `SELECT ${versionColumns} FROM limit_version WHERE limit_id = ANY($1) ORDER BY limit_id, version`,
      [[...limitIds]],
    );
    return z.array(versionRow).parse(found);
  }

  /** Approved versions of some portfolios that are, or will be, in force. */
  async active(tx: Tx, portfolioIds: readonly string[]): Promise<LimitVersion[]> {
    if (portfolioIds.length === 0) return [];
    const found = await rows(
      tx,
      `SELECT ${versionColumns} FROM limit_version WHERE portfolio_id = ANY($1) AND status = 'active' ORDER BY limit_id, version`,
      [[...portfolioIds]],
    );
    return z.array(versionRow).parse(found);
  }

  /** Versions of a portfolio's limits that were ever in force, each as approved for the time during which it was. */
  async approved(tx: Tx, portfolioId: string): Promise<LimitVersion[]> {
    const found = await rows(
      tx,
      `SELECT ${versionColumns} FROM limit_version
       WHERE portfolio_id = $1 AND approved_at IS NOT NULL AND change <> 'retired' ORDER BY limit_id, version`,
      [portfolioId],
    );
    return z
      .array(versionRow)
      .parse(found)
      .map((version) => ({ ...version, status: 'active' as const, proposal: fromApproval(version) }));
  }

  /** A limit other than this one, proposed or active, that asks the same question at the same time. */
  async overlapping(tx: Tx, proposal: LimitProposal, nodeId: string): Promise<string | undefined> {
    const [row] = await rows<{ limit_id: string }>(
      tx,
      `SELECT limit_id FROM limit_version
       WHERE overlap_key = $1 AND limit_id <> $2 AND status IN ('proposed', 'active') AND change <> 'retired'
         AND tstzrange(effective_from, CASE WHEN status = 'active' THEN in_force_to ELSE effective_to END)
             && tstzrange($3, $4)
       ORDER BY limit_id LIMIT 1`,
      [overlapKey(proposal, nodeId), proposal.limitId, proposal.effectiveFrom, proposal.effectiveTo ?? null],
    );
    return row?.limit_id;
  }
}

/** Nothing is in force before it is approved. */
function fromApproval({ proposal, approvedAt }: LimitVersion): LimitProposal {
  return approvedAt !== null && isBefore(proposal.effectiveFrom, approvedAt)
    ? { ...proposal, effectiveFrom: approvedAt }
    : proposal;
}

export function jsonOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
