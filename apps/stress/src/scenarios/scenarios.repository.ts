import { Injectable } from '@nestjs/common';
import { actor, type Instant } from '@risk-budget/contracts';
import { execute, executeLater, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import {
  scenarioContent,
  scenarioStatus,
  scenarioVersion,
  type ScenarioStatus,
  type ScenarioVersion,
} from './scenario.types.js';

const columns = `scenario_id AS "scenarioId", version, change, status, content, source, proposed_by AS "proposedBy",
  proposed_at AS "proposedAt", editors, approved_by AS "approvedBy", approved_at AS "approvedAt", rejected_by AS "rejectedBy",
  rejected_at AS "rejectedAt", rejection_reason AS "rejectionReason", in_force_from AS "inForceFrom", in_force_to AS "inForceTo"`;

const headOf = 'SELECT scenario_id AS "scenarioId", revision FROM scenario_head WHERE scenario_id = $1';

const row = scenarioVersion.extend({
  content: scenarioContent,
  status: scenarioStatus,
  proposedBy: actor,
  editors: z.array(z.string()),
  inForceFrom: z.string().nullable(),
  inForceTo: z.string().nullable(),
});

export interface ScenarioHead {
  readonly scenarioId: string;
  readonly revision: number;
}

export interface ScenarioFilter {
  readonly kind?: string | undefined;
  readonly status?: ScenarioStatus | undefined;
  readonly after?: string | undefined;
}

/** The library's rows. */
@Injectable()
export class ScenariosRepository {
  constructor(private readonly persistence: Persistence) {}

  /** @returns false when the id is taken */
  async insertHead(tx: Tx, scenarioId: string): Promise<boolean> {
    const sql = 'INSERT INTO scenario_head (scenario_id) VALUES ($1) ON CONFLICT DO NOTHING';
    return (await execute(tx, sql, [scenarioId])) > 0;
  }

  async head(tx: Tx, scenarioId: string): Promise<ScenarioHead | undefined> {
    const [head] = await rows<ScenarioHead>(tx, headOf, [scenarioId]);
    return head;
  }

  /** The head, its row locked until the transaction ends. */
  async lock(tx: Tx, scenarioId: string): Promise<ScenarioHead | undefined> {
    const [head] = await rows<ScenarioHead>(tx, `${headOf} FOR UPDATE`, [scenarioId]);
    return head;
  }

  async touch(tx: Tx, scenarioId: string): Promise<void> {
    await executeLater(tx, 'UPDATE scenario_head SET revision = revision + 1 WHERE scenario_id = $1', [scenarioId]);
  }

  async heads(tx: Tx, filter: ScenarioFilter, limit: number): Promise<ScenarioHead[]> {
    return rows<ScenarioHead>(
      tx,
      `SELECT h.scenario_id AS "scenarioId", h.revision FROM scenario_head h
       WHERE ($1::text IS NULL OR h.scenario_id > $1)
         AND EXISTS (SELECT FROM scenario_version v WHERE v.scenario_id = h.scenario_id
           AND ($2::text IS NULL OR v.kind = $2) AND ($3::text IS NULL OR v.status = $3))
       ORDER BY h.scenario_id LIMIT $4`,
      [filter.after ?? null, filter.kind ?? null, filter.status ?? null, limit],
    );
  }

  /** All versions of some scenarios, oldest first. */
  async versions(tx: Tx, scenarioIds: readonly string[]): Promise<ScenarioVersion[]> {
    const found = await rows(
      tx,
      `SELECT ${columns} FROM scenario_version WHERE scenario_id = ANY ($1::text[]) ORDER BY scenario_id, version`,
      [[...scenarioIds]],
    );
    return found.map((one) => row.parse(one));
  }

  /** What was in force at a moment, by id. */
  async inForce(at: Instant, tx?: Tx): Promise<ScenarioVersion[]> {
    const sql = `SELECT ${columns} FROM scenario_version
      WHERE in_force_from <= $1 AND (in_force_to IS NULL OR in_force_to > $1) ORDER BY scenario_id`;
    const found = await (tx === undefined ? this.persistence.query(sql, [at]) : rows(tx, sql, [at]));
    return found.map((one) => row.parse(one));
  }

  async insert(tx: Tx, version: ScenarioVersion): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO scenario_version (scenario_id, version, change, status, kind, content, source, proposed_by, proposed_at, editors)
       VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8::jsonb, $9, $10)`,
      [
        version.scenarioId,
        version.version,
        version.change,
        version.status,
        version.content.definition.kind,
        JSON.stringify(version.content),
        version.source,
        JSON.stringify(version.proposedBy),
        version.proposedAt,
        [...version.editors],
      ],
    );
  }

  /** Writes what was decided on a version. */
  async decide(tx: Tx, version: ScenarioVersion): Promise<void> {
    await executeLater(
      tx,
      `UPDATE scenario_version SET status = $3, approved_by = $4::jsonb, approved_at = $5, rejected_by = $6::jsonb, rejected_at = $7,
         rejection_reason = $8, in_force_from = $9, in_force_to = $10
       WHERE scenario_id = $1 AND version = $2`,
      [
        version.scenarioId,
        version.version,
        version.status,
        version.approvedBy === null ? null : JSON.stringify(version.approvedBy),
        version.approvedAt,
        version.rejectedBy === null ? null : JSON.stringify(version.rejectedBy),
        version.rejectedAt,
        version.rejectionReason,
        version.inForceFrom,
        version.inForceTo,
      ],
    );
  }
}
