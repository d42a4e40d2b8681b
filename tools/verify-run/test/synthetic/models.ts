import { randomUUID } from 'node:crypto';
import { riskModelPublished, type RiskModel } from '@risk-budget/contracts';
import { ownReturns } from '../../src/market/own-returns.js';
import { ledoitWolfConstantCorrelation } from '../../src/numerics/shrinkage.js';
import { names, policy, portfolioId, type Recorder } from './recorder.js';

/** The risk model of a moment. @returns its id */
export function publishModel(recorder: Recorder, knownAt: string): string {
  const { market } = recorder.context();
  const returns = ownReturns(market, { instrumentIds: names, end: knownAt, days: 30, minimumHistory: 10 });
  const { covariance, shrinkage } = ledoitWolfConstantCorrelation(returns.values);
  const modelId = randomUUID();
  const model: RiskModel = {
    modelId,
    portfolioId,
    policy,
    form: 'covariance',
    asOf: `${returns.dates.at(-1) ?? ''}T21:00:00.000Z`,
    knownAt,
    windowStart: returns.startDate,
    windowEnd: returns.dates.at(-1) ?? '',
    observations: returns.dates.length,
    shrinkage,
    conditionNumber: null,
    repairs: [],
    holes: [],
    codeVersion: 'test',
    rows: names.map((instrumentId, i) => ({
      instrumentId,
      covariances: (covariance[i] ?? []).slice(0, i + 1),
      observations: returns.dates.length,
    })),
  };
  recorder.publish(riskModelPublished, '/risk-budget/forecasting', knownAt, model);
  return modelId;
}
