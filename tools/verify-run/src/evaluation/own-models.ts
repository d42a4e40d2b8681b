import { riskModelPublished, type RiskModel } from '@risk-budget/contracts';
import type { RunEvents } from '../events/run-events.js';
import type { KnownMarket } from '../market/known-market.js';
import { ownReturns, type OwnReturns } from '../market/own-returns.js';
import { ledoitWolfConstantCorrelation, type Matrix } from '../numerics/shrinkage.js';

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

  constructor(
    events: RunEvents,
    private readonly market: KnownMarket,
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
    const returns = ownReturns(this.market, {
      instrumentIds,
      end: knownAt,
      days: model.windowDays,
      minimumHistory: policy.minimumHistoryDays,
    });
    return { instrumentIds, returns, ...ledoitWolfConstantCorrelation(returns.values) };
  }
}
