import { Injectable } from '@nestjs/common';
import { forecastKind, forecastMethod, identifier, instant, uuid, type ForecastSubject } from '@risk-budget/contracts';
import { executeLater, Persistence, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { methodLoss } from '../accuracy/standing.js';

/** A champion that gave way to another. */
export const championChange = z.object({
  changeId: uuid,
  kind: forecastKind,
  subjectId: identifier,
  at: instant,
  from: forecastMethod,
  to: forecastMethod,
  policyVersion: z.int(),
  reason: z.string(),
  losses: z.array(methodLoss),
});
export type ChampionChange = z.infer<typeof championChange>;

const changeRow = z.object({ body: championChange });

/** Every switch of a champion. */
@Injectable()
export class ChampionsRepository {
  constructor(private readonly persistence: Persistence) {}

  async insert(tx: Tx, change: ChampionChange): Promise<void> {
    await executeLater(
      tx,
      'INSERT INTO champion_change (change_id, kind, subject_id, at, body) VALUES ($1, $2, $3, $4, $5::jsonb)',
      [change.changeId, change.kind, change.subjectId, change.at, JSON.stringify(change)],
    );
  }

  /** Newest first, the last hundred. */
  async list({ kind, subjectId }: ForecastSubject): Promise<ChampionChange[]> {
    const found = await this.persistence.query(
      'SELECT body FROM champion_change WHERE kind = $1 AND subject_id = $2 ORDER BY at DESC LIMIT 100',
      [kind, subjectId],
    );
    return found.map((row) => changeRow.parse(row).body);
  }
}
