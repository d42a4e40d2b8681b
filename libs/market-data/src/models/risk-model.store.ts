import type { RiskModel, RiskPolicy } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import type { EvaluationModel } from '@risk-budget/risk-math';
import type { AsOf, Source } from '../common/as-of.js';

/** A stored model, ready for the evaluator. */
export interface LoadedRiskModel {
  readonly model: RiskModel;
  readonly evaluation: EvaluationModel;
}

/** Risk models by id, and the latest of a portfolio. A model never changes, so that its matrix is built once a process. */
export abstract class RiskModelStore {
  /** @returns false when it was stored already */
  abstract put(model: RiskModel, source: Source, tx?: Tx): Promise<boolean>;
  /** @throws NotFoundError `MARKET_DATA.UNKNOWN_MODEL` */
  abstract get(modelId: string, tx?: Tx): Promise<LoadedRiskModel>;
  /** The newest known at the moment; of that policy (id and version) when one is given. */
  abstract latest(
    portfolioId: string,
    at: AsOf,
    policy?: Pick<RiskPolicy, 'policyId' | 'version'>,
    tx?: Tx,
  ): Promise<LoadedRiskModel | undefined>;
}
