import { Injectable } from '@nestjs/common';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { explanationDocument, type ExplainedTransition, type ExplanationDocument } from './explanation.types.js';

const row = z.object({ transition: z.enum(['opened', 'worsened']), at: z.string(), document: explanationDocument });

/** SQL over what explains breaches. */
@Injectable()
export class ExplanationsRepository {
  /** The first explanation of a transition stays. */
  async put(tx: Tx, of: ExplainedTransition, document: ExplanationDocument): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO breach_explanation (explanation_id, breach_id, transition, at, document)
       VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
      [document.explanationId, of.breachId, of.transition, of.at, JSON.stringify(document)],
    );
  }

  async of(tx: Tx, breachId: string): Promise<z.infer<typeof row>[]> {
    const found = await rows(
      tx,
      'SELECT transition, at, document FROM breach_explanation WHERE breach_id = $1 ORDER BY at',
      [breachId],
    );
    return z.array(row).parse(found);
  }
}
