import { randomUUID } from 'node:crypto';
import {
  benchmarkStated,
  instrumentDefined,
  portfolioDefined,
  positionsStated,
  riskModelPublished,
  type RiskModel,
  type RiskPolicy,
} from '@risk-budget/contracts';
import { AlignedReturnsService } from '@risk-budget/market-data';
import { Prices, tradingDays, type Series, type Upstream } from '@risk-budget/market-data/testing';
import { ledoitWolf } from '@risk-budget/risk-math';
import type { TestServiceHandle } from '@risk-budget/service-kit/testing';

export const history = tradingDays(300, '2020-03-06');
export const nextDays = ['2020-03-09', '2020-03-10', '2020-03-11', '2020-03-12'];
const series: Series[] = [
  { instrumentId: 'AAA', beta: 1.3, ownRisk: 0.02 },
  { instrumentId: 'BBB', beta: 0.7, ownRisk: 0.01 },
  { instrumentId: 'CCC', beta: 1, ownRisk: 0.03 },
  { instrumentId: 'DDD', beta: 0.9, ownRisk: 0.015 },
  { instrumentId: 'MKT', beta: 1, ownRisk: 0 },
];
export const prices = new Prices(series, [...history, ...nextDays]);
const sectors: Record<string, string> = { AAA: 'Technology', BBB: 'Staples', CCC: 'Technology', DDD: 'Energy' };

/** Two strategies; BBB stands in both. */
export const leaves = [
  { strategy: 'growth', instrumentId: 'AAA' },
  { strategy: 'growth', instrumentId: 'BBB' },
  { strategy: 'growth', instrumentId: 'CCC' },
  { strategy: 'value', instrumentId: 'BBB' },
  { strategy: 'value', instrumentId: 'DDD' },
];

export const closeOf = (day: string, instrumentId: string): number =>
  Number(prices.bars(day).find((bar) => bar.instrumentId === instrumentId)?.close);

/** Positions by leaf weight at a day's closes, the rest of a million in cash. */
export function statement(day: string, sequence: number, weights: Record<string, number>) {
  const positions = Object.entries(weights).map(([leaf, weight]) => {
    const [strategy = '', instrumentId = ''] = leaf.split('/');
    return { strategy, instrumentId, quantity: String(Math.round((weight * 1_000_000) / closeOf(day, instrumentId))) };
  });
  const invested = positions.reduce((sum, one) => sum + Number(one.quantity) * closeOf(day, one.instrumentId), 0);
  return {
    portfolioId: 'P1',
    asOf: `${day}T21:00:00.000Z`,
    sequence,
    positions,
    cash: [{ currency: 'USD', amount: (1_000_000 - invested).toFixed(6) }],
  };
}

export const equalWeights: Record<string, number> = Object.fromEntries(
  leaves.map(({ strategy, instrumentId }) => [`${strategy}/${instrumentId}`, 0.18]),
);

/** Portfolios, instruments, history, and the positions of P1. */
export async function defineWorld(upstream: Upstream): Promise<void> {
  const at = '2020-03-06T12:00:00.000Z';
  await upstream.publish(
    instrumentDefined,
    at,
    ...series.map(({ instrumentId }) => ({
      instrumentId,
      name: instrumentId,
      assetClass: instrumentId === 'MKT' ? ('index' as const) : ('equity' as const),
      currency: 'USD',
      staleAfterDays: 3,
      contractMultiplier: '1',
      ...(sectors[instrumentId] === undefined ? {} : { sector: sectors[instrumentId] }),
    })),
  );
  await upstream.publish(benchmarkStated, at, { kind: 'series', benchmarkId: 'MKT', instrumentId: 'MKT' });
  await upstream.publish(
    portfolioDefined,
    at,
    ...['P1', 'P2'].map((portfolioId) => ({
      portfolioId,
      name: portfolioId,
      baseCurrency: 'USD',
      benchmarkId: 'MKT',
      calendar: 'XNYS',
      groups: [],
    })),
  );
  await upstream.history(prices, history);
  await upstream.settled();
  await upstream.publish(positionsStated, '2020-03-06T21:00:00.000Z', statement('2020-03-06', 1, equalWeights));
  await upstream.settled();
}

/** What forecasting would publish: a model of every instrument by a policy. */
export async function publishModel(
  handle: TestServiceHandle,
  upstream: Upstream,
  policy: RiskPolicy,
  knownAt: string,
): Promise<RiskModel> {
  const aligned = await handle.service.get(AlignedReturnsService).load({
    instrumentIds: series.map((one) => one.instrumentId),
    baseCurrency: 'USD',
    end: knownAt,
    knownAt,
    days: policy.model.windowDays,
    minimumHistory: policy.minimumHistoryDays,
  });
  const { covariance, shrinkage } = ledoitWolf(aligned.returns, 'constantCorrelation');
  const model: RiskModel = {
    modelId: randomUUID(),
    portfolioId: 'P1',
    policy,
    form: 'covariance',
    asOf: aligned.lastBarTime,
    knownAt,
    windowStart: aligned.startDate,
    windowEnd: aligned.dates.at(-1) ?? '',
    observations: aligned.dates.length,
    shrinkage,
    conditionNumber: 1,
    repairs: [],
    holes: [],
    codeVersion: 'test',
    rows: aligned.instrumentIds.map((instrumentId, i) => ({
      instrumentId,
      covariances: [...covariance.values.subarray(i * covariance.size, i * covariance.size + i + 1)],
      observations: aligned.observations[i] ?? 0,
    })),
  };
  await upstream.publish(riskModelPublished, knownAt, model);
  await upstream.settled();
  return model;
}
