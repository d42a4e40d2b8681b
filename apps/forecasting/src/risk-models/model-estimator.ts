import { Injectable } from '@nestjs/common';
import type { RiskModelMethod } from '@risk-budget/contracts';
import { Compute } from '../compute.js';
import { estimateModel, type EstimatedModel, type NamedReturns } from './model-estimation.js';

/** Estimates kept: portfolios with one policy and currency share theirs at a close. */
const KEPT = 4;

/** Runs the estimators off the event loop where they take long, and once where several portfolios want the same. */
@Injectable()
export class ModelEstimator {
  private readonly kept = new Map<string, Promise<EstimatedModel>>();

  constructor(private readonly compute: Compute) {}

  /**
   * @param inputHash names the returns and the method
   * @throws RiskMathError as `estimateModel`; ComputeError when the pool is overloaded
   */
  async estimate(inputHash: string, returns: NamedReturns, method: RiskModelMethod): Promise<EstimatedModel> {
    const known = this.kept.get(inputHash);
    if (known !== undefined) return known;
    const estimate = estimateModel(this.compute.pool, returns, method);
    this.keep(inputHash, estimate);
    try {
      return await estimate;
    } catch (error) {
      this.kept.delete(inputHash);
      throw error;
    }
  }

  private keep(inputHash: string, estimate: Promise<EstimatedModel>): void {
    for (const oldest of this.kept.keys()) {
      if (this.kept.size < KEPT) break;
      this.kept.delete(oldest);
    }
    this.kept.set(inputHash, estimate);
  }
}
