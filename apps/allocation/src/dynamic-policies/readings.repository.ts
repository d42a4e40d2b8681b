import { Injectable } from '@nestjs/common';
import type { Instant } from '@risk-budget/contracts';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';

/** One published estimate that dynamic policies follow. */
export interface Reading {
  /** `regime`: probabilities of so many states; `volatility`: the champion's forecast, per year, over so many days. */
  readonly source: 'regime' | 'volatility';
  readonly kind: string;
  readonly subjectId: string;
  /** States or days. */
  readonly detail: number;
  readonly asOf: Instant;
  readonly madeAt: Instant;
  readonly values: readonly number[];
}

/** What forecasting has said of regimes and volatility. */
@Injectable()
export class ReadingsRepository {
  /** One that is known already changes nothing. */
  async insert(tx: Tx, readings: readonly Reading[]): Promise<void> {
    if (readings.length === 0) return;
    await executeLater(
      tx,
      `INSERT INTO forecast_reading (source, kind, subject_id, detail, as_of, made_at, "values")
       SELECT r.source, r.kind, r."subjectId", r.detail, r."asOf", r."madeAt", r."values"
       FROM jsonb_to_recordset($1::jsonb) AS r(source text, kind text, "subjectId" text, detail integer, "asOf" timestamptz,
         "madeAt" timestamptz, "values" double precision[])
       ON CONFLICT DO NOTHING`,
      [JSON.stringify(readings)],
    );
  }

  /** The newest that had been made at a moment; undefined when there is none. */
  async latest(
    tx: Tx,
    of: Pick<Reading, 'source' | 'kind' | 'subjectId' | 'detail'>,
    at: Instant,
  ): Promise<readonly number[] | undefined> {
    const [row] = await rows<{ values: number[] }>(
      tx,
      `SELECT "values" FROM forecast_reading
       WHERE source = $1 AND kind = $2 AND subject_id = $3 AND detail = $4 AND made_at <= $5 ORDER BY made_at DESC LIMIT 1`,
      [of.source, of.kind, of.subjectId, of.detail, at],
    );
    return row?.values;
  }
}
