import { Injectable } from '@nestjs/common';
import { riskModel as riskModelSchema, type RiskModel, type RiskPolicy } from '@risk-budget/contracts';
import { Persistence, rows, type Tx } from '@risk-budget/persistence';
import type { EvaluationModel } from '@risk-budget/risk-math';
import type { AsOf, Source } from '../common/as-of.js';
import { read, write } from '../common/database.js';
import { LeastRecentlyUsed } from '../common/least-recently-used.js';
import { unknownModel } from '../errors.js';
import { evaluationModel } from './risk-model-matrix.js';

/** A stored model, ready for the evaluator. */
export interface LoadedRiskModel {
  readonly model: RiskModel;
  readonly evaluation: EvaluationModel;
}

/** Matrix elements kept in memory a process: 80 MB at most. */
const CACHED_ELEMENTS = 10_000_000;

/** Risk models by id, and the latest of a portfolio. A model never changes, so that its matrix is built once a process. */
@Injectable()
export class RiskModelStore {
  private readonly loaded = new LeastRecentlyUsed<string, LoadedRiskModel>(CACHED_ELEMENTS, elementsOf);

  constructor(private readonly persistence: Persistence) {}

  /**
   * @returns undefined when it was stored already, else whether it is now the newest of its portfolio and policy
   * @throws MarketDataError `MARKET_DATA.MODEL_MALFORMED` when its rows make no matrix
   */
  async put(model: RiskModel, source: Source, tx?: Tx): Promise<{ readonly latest: boolean } | undefined> {
    const evaluation = evaluationModel(model);
    // Of two as of and known at the same moments the one stored last is the newer: this one.
    const [stored] = await write(this.persistence, tx, (inTx) =>
      rows<{ latest: boolean }>(
        inTx,
        `INSERT INTO md_risk_model AS m (model_id, portfolio_id, policy_id, policy_version, as_of, known_at, source_id, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (model_id) DO NOTHING
         RETURNING NOT EXISTS (
           SELECT FROM md_risk_model o
           WHERE o.portfolio_id = m.portfolio_id AND o.policy_id = m.policy_id AND o.policy_version = m.policy_version
             AND (o.as_of, o.known_at) > (m.as_of, m.known_at)) AS latest`,
        [
          model.modelId,
          model.portfolioId,
          model.policy.policyId,
          model.policy.version,
          model.asOf,
          source.occurredAt,
          source.id,
          JSON.stringify(model),
        ],
      ),
    );
    // Kept before the commit: one that is rolled back comes again under its id as it was.
    if (stored !== undefined) this.loaded.set(model.modelId, { model, evaluation });
    return stored;
  }

  /** @throws NotFoundError `MARKET_DATA.UNKNOWN_MODEL` */
  async get(modelId: string, tx?: Tx): Promise<LoadedRiskModel> {
    const cached = this.loaded.get(modelId);
    if (cached !== undefined) return cached;
    const [row] = await read<{ body: unknown }>(
      this.persistence,
      tx,
      'SELECT body FROM md_risk_model WHERE model_id = $1',
      [modelId],
    );
    if (row === undefined) throw unknownModel(modelId);
    const model = riskModelSchema.parse(row.body);
    const loaded = { model, evaluation: evaluationModel(model) };
    this.loaded.set(modelId, loaded);
    return loaded;
  }

  /** The newest known at the moment; of that policy (id and version) when one is given. */
  async latest(
    portfolioId: string,
    at: AsOf,
    policy?: Pick<RiskPolicy, 'policyId' | 'version'>,
    tx?: Tx,
  ): Promise<LoadedRiskModel | undefined> {
    const modelId = await this.latestId(portfolioId, at, policy, tx);
    return modelId === undefined ? undefined : this.get(modelId, tx);
  }

  /** The id of {@link latest}, without reading the model. */
  async latestId(
    portfolioId: string,
    at: AsOf,
    policy?: Pick<RiskPolicy, 'policyId' | 'version'>,
    tx?: Tx,
  ): Promise<string | undefined> {
    const [row] = await read<{ model_id: string }>(
      this.persistence,
      tx,
      `SELECT model_id FROM md_risk_model
       WHERE portfolio_id = $1 AND as_of <= $2 AND known_at <= $3
         AND ($4::text IS NULL OR (policy_id = $4 AND policy_version = $5::integer))
       ORDER BY as_of DESC, known_at DESC, ordinal DESC LIMIT 1`,
      [portfolioId, at.asOf, at.knownAt, policy?.policyId ?? null, policy?.version ?? null],
    );
    return row?.model_id;
  }
}

function elementsOf({ evaluation: { matrix } }: LoadedRiskModel): number {
  return matrix.kind === 'covariance' ? matrix.values.length : matrix.exposures.length;
}
