import { Injectable } from '@nestjs/common';
import { stressRun, type StressRun } from '@risk-budget/contracts';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';

const kept = stressRun.pick({
  runId: true,
  portfolioId: true,
  asOf: true,
  state: true,
  lineage: true,
  results: true,
  nodes: true,
});
/** The parts of a daily stress run that limits are held against. */
export type KeptStressRun = Pick<StressRun, keyof typeof kept.shape>;

const row = z.object({ run: kept });

/** SQL over the newest daily stress run of each portfolio. */
@Injectable()
export class LatestStressRepository {
  async find(tx: Tx, portfolioId: string): Promise<KeptStressRun | undefined> {
    const [found] = await rows(tx, 'SELECT run FROM latest_stress_run WHERE portfolio_id = $1', [portfolioId]);
    return found === undefined ? undefined : row.parse(found).run;
  }

  async put(tx: Tx, run: KeptStressRun): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO latest_stress_run (portfolio_id, as_of, run) VALUES ($1, $2, $3::json)
       ON CONFLICT (portfolio_id) DO UPDATE SET as_of = excluded.as_of, run = excluded.run`,
      [run.portfolioId, run.asOf, JSON.stringify(kept.parse(run))],
    );
  }
}
