import { Injectable } from '@nestjs/common';
import { execute, rows, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { personColumn } from '../person.js';
import { escalationPolicy, type EscalationPolicy } from './escalation-policy.types.js';

const columns = 'policy_id, name, on_open, steps, created_by, created_at';

const policyRow = z
  .object({
    policy_id: z.string(),
    name: z.string(),
    on_open: z.unknown(),
    steps: z.unknown(),
    created_by: personColumn,
    created_at: z.string(),
  })
  .transform((row): EscalationPolicy =>
    escalationPolicy.parse({
      policyId: row.policy_id,
      name: row.name,
      onOpen: row.on_open,
      steps: row.steps,
      createdBy: row.created_by,
      createdAt: row.created_at,
    }),
  );

/** SQL over escalation policies. They are never changed, so that a running ladder keeps its deadlines. */
@Injectable()
export class EscalationPoliciesRepository {
  /** @returns false when the id is taken */
  async insert(tx: Tx, policy: EscalationPolicy): Promise<boolean> {
    const inserted = await execute(
      tx,
      `INSERT INTO escalation_policy (${columns}) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
      [
        policy.policyId,
        policy.name,
        JSON.stringify(policy.onOpen),
        JSON.stringify(policy.steps),
        JSON.stringify(policy.createdBy),
        policy.createdAt,
      ],
    );
    return inserted === 1;
  }

  async find(tx: Tx, policyId: string): Promise<EscalationPolicy | undefined> {
    const [row] = await rows(tx, `SELECT ${columns} FROM escalation_policy WHERE policy_id = $1`, [policyId]);
    return row === undefined ? undefined : policyRow.parse(row);
  }

  async list(tx: Tx, after: string | undefined, count: number): Promise<EscalationPolicy[]> {
    const found = await rows(
      tx,
      `SELECT ${columns} FROM escalation_policy WHERE $1::text IS NULL OR policy_id > $1 ORDER BY policy_id LIMIT $2`,
      [after ?? null, count],
    );
    return z.array(policyRow).parse(found);
  }
}
