import { Injectable } from '@nestjs/common';
import type { RiskModelMethod } from '@risk-budget/contracts';
import { estimateModel, type EstimatedModel, type NamedReturns } from './model-estimation.js';

/** Runs the estimators. */
@Injectable()
export class ModelEstimator {
  /** @throws RiskMathError as `estimateModel` */
  async estimate(returns: NamedReturns, method: RiskModelMethod): Promise<EstimatedModel> {
    return Promise.resolve(estimateModel(returns, method));
  }
}
