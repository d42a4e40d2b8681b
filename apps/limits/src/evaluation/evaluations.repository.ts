import { Injectable } from '@nestjs/common';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';

/** Why the limits of a portfolio are not held against anything at present. */
export const notEvaluated = z.object({
  kind: z
    .enum(['incomplete', 'notEvaluable'])
    .describe('incomplete: too little of the last snapshot is modelled; notEvaluable: no snapshot can be taken'),
  since: z.string().describe('business time since which it is so'),
  reason: z.string(),
  /** It holds until a snapshot after this one. */
  afterSequence: z.number(),
});
export type NotEvaluated = z.infer<typeof notEvaluated>;

/** How far the snapshots of a portfolio are evaluated. */
export interface PortfolioEvaluationState {
  readonly portfolioId: string;
  /** Of the last snapshot evaluated; 0 before the first. */
  readonly sequence: number;
  readonly snapshotId: string | null;
  readonly asOf: string | null;
  readonly state: string | null;
  readonly positionSequence: number;
  readonly modelId: string | null;
  /** Snapshots that never came. */
  readonly gaps: number;
  /** Null while snapshots are complete. */
  readonly notEvaluated: NotEvaluated | null;
  /** Wall-clock instant until which breaches were rebuilt from what was published of them; null where nothing was. */
  readonly rebuiltUntil: string | null;
}

const selection = `portfolio_id AS "portfolioId", sequence, snapshot_id AS "snapshotId", as_of AS "asOf", state,
  position_sequence AS "positionSequence", model_id AS "modelId", gaps, not_evaluated AS "notEvaluated",
  rebuilt_until AS "rebuiltUntil"`;

const stateRow = z.object({
  portfolioId: z.string(),
  sequence: z.number(),
  snapshotId: z.string().nullable(),
  asOf: z.string().nullable(),
  state: z.string().nullable(),
  positionSequence: z.number(),
  modelId: z.string().nullable(),
  gaps: z.number(),
  notEvaluated: notEvaluated.nullable(),
  rebuiltUntil: z.string().nullable(),
}) satisfies z.ZodType<PortfolioEvaluationState>;

/** SQL over the progress of evaluation. */
@Injectable()
export class EvaluationsRepository {
  async find(tx: Tx, portfolioId: string): Promise<PortfolioEvaluationState | undefined> {
    const [row] = await rows(tx, `SELECT ${selection} FROM portfolio_evaluation WHERE portfolio_id = $1`, [
      portfolioId,
    ]);
    return row === undefined ? undefined : stateRow.parse(row);
  }

  async put(tx: Tx, state: PortfolioEvaluationState): Promise<void> {
    await executeLater(
      tx,
      `UPDATE portfolio_evaluation SET sequence = $2, snapshot_id = $3, as_of = $4, state = $5, position_sequence = $6, model_id = $7,
         gaps = $8, not_evaluated = $9 WHERE portfolio_id = $1`,
      [
        state.portfolioId,
        state.sequence,
        state.snapshotId,
        state.asOf,
        state.state,
        state.positionSequence,
        state.modelId,
        state.gaps,
        state.notEvaluated === null ? null : JSON.stringify(state.notEvaluated),
      ],
    );
  }
}
