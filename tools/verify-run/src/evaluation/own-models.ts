import { riskModelPublished, type RiskModel } from '@risk-budget/contracts';
import type { RunEvents } from '../events/run-events.js';
import type { OwnReturns, OwnReturnsBook } from '../market/own-returns.js';
import { ledoitWolfConstantCorrelation, type Matrix, type ShrunkCovariance } from '../numerics/shrinkage.js';

/** A risk model estimated again from the prices. */
export interface OwnModel {
  readonly instrumentIds: readonly string[];
  /** Per day. */
  readonly covariance: Matrix;
  readonly shrinkage: number;
  readonly returns: OwnReturns;
}

/** Estimates every published model again, with the instruments that it names. */
export class OwnModels {
  readonly published = new Map<string, RiskModel>();
  private readonly own = new Map<string, OwnModel>();
  private readonly shrunk = new Map<OwnReturns, ShrunkCovariance>();

  constructor(
    events: RunEvents,
    private readonly returns: OwnReturnsBook,
  ) {
    for (const { data } of events.of(riskModelPublished)) this.published.set(data.modelId, data);
  }

  /** @throws Error for an unknown model, and for a method that this program does not estimate */
  get(modelId: string): OwnModel {
    const known = this.own.get(modelId);
    if (known !== undefined) return known;
    const published = this.published.get(modelId);
    if (published === undefined) throw new Error(`no risk model ${modelId} was published`);
    const model = this.estimate(published);
    this.own.set(modelId, model);
    return model;
  }

  private estimate({ policy, knownAt, rows }: RiskModel): OwnModel {
    const { model } = policy;
    if (model.method !== 'ledoitWolf' || model.target !== 'constantCorrelation') {
      throw new Error(`models by ${model.method} are not estimated here`);
    }
    const instrumentIds = rows.map((row) => row.instrumentId);
    const returns = this.returns.get({
      instrumentIds,
      end: knownAt,
      days: model.windowDays,
      minimumHistory: policy.minimumHistoryDays,
    });
    const shrunk = this.shrunk.get(returns) ?? ledoitWolfConstantCorrelation(returns.values);
    this.shrunk.set(returns, shrunk);
    return { instrumentIds, returns, ...shrunk };
  }
}
