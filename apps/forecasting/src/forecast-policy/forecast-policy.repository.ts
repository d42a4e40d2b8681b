import { Injectable } from '@nestjs/common';
import type { Instant } from '@risk-budget/contracts';
import { executeLater, Persistence, rows, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { defaultForecastPolicy, forecastPolicy, type ForecastPolicy } from './forecast-policy.js';

const policyRow = z.object({ body: forecastPolicy });

/** Versions of the forecast policy; none is ever changed. */
@Injectable()
export class ForecastPolicyRepository {
  constructor(private readonly persistence: Persistence) {}

  /** The policy in force at a moment. */
  async at(moment: Instant, tx?: Tx): Promise<ForecastPolicy> {
    const sql = `SELECT body FROM forecast_policy WHERE effective_from <= $1 ORDER BY version DESC LIMIT 1`;
    const [row] = await (tx === undefined ? this.persistence.query(sql, [moment]) : rows(tx, sql, [moment]));
    return row === undefined ? defaultForecastPolicy : policyRow.parse(row).body;
  }

  /** The newest version, locked against another one until the transaction ends. */
  async newest(tx: Tx): Promise<ForecastPolicy> {
    await executeLater(tx, `SELECT pg_advisory_xact_lock(hashtext('forecast_policy'), hashtext($1))`, [
      this.persistence.schema,
    ]);
    const [row] = await rows(tx, 'SELECT body FROM forecast_policy ORDER BY version DESC LIMIT 1');
    return row === undefined ? defaultForecastPolicy : policyRow.parse(row).body;
  }

  async insert(tx: Tx, policy: ForecastPolicy): Promise<void> {
    await executeLater(tx, 'INSERT INTO forecast_policy (version, effective_from, body) VALUES ($1, $2, $3::jsonb)', [
      policy.version,
      policy.effectiveFrom,
      JSON.stringify(policy),
    ]);
  }

  /** Newest first, the built-in one last. */
  async list(): Promise<ForecastPolicy[]> {
    const found = await this.persistence.query('SELECT body FROM forecast_policy ORDER BY version DESC LIMIT 500');
    return [...found.map((row) => policyRow.parse(row).body), defaultForecastPolicy];
  }
}
