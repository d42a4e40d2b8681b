import { randomUUID } from 'node:crypto';
import {
  defaultRiskPolicy,
  type Bar,
  type Instrument,
  type PositionsSnapshot,
  type RiskModel,
} from '@risk-budget/contracts';
import { xnys } from '@risk-budget/market-data';

/** 20 names and the benchmark, of which one name is held twice: 21 positions in three strategies. */
export const portfolioId = 'BENCH';
export const lastDay = '2020-01-02';
export const closeOf = (date: string): string => `${date}T21:00:00.000Z`;
const days = 520;
export const names = Array.from({ length: 20 }, (_, i) => `N${String(i).padStart(2, '0')}`);
const series = [...names, 'INDEX'];
const strategies = ['growth', 'income', 'defensive'];

let seed = 20_200_102;
const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** One market and a residual each; returns[day][series]. */
const returns = Array.from({ length: days }, () => {
  const market = 0.01 * normal();
  return series.map((_, i) => (i === names.length ? market : (0.7 + i / 30) * market + 0.012 * normal()));
});

export const instruments: readonly Instrument[] = series.map((instrumentId, i) => ({
  instrumentId,
  name: `Name ${instrumentId}`,
  assetClass: i === names.length ? 'index' : 'equity',
  currency: 'USD',
  sector: `Sector ${i % 7}`,
  issuer: `Issuer ${instrumentId}`,
  staleAfterDays: 3,
  contractMultiplier: '1',
  liquidity: { averageDailyVolume: '100000', participationRate: 0.2 },
}));

/** Bars of every trading day up to the last, oldest first. */
export function history(): Bar[] {
  const prices = series.map(() => 100);
  return returns.flatMap((row, day) => {
    const time = closeOf(xnys.addBusinessDays(lastDay, day - days + 1));
    return series.map((instrumentId, i) => {
      prices[i] = (prices[i] ?? 100) * (1 + (row[i] ?? 0));
      return { instrumentId, time, close: prices[i].toFixed(6), adjustmentFactor: '1' };
    });
  });
}

export const positions: PositionsSnapshot = {
  portfolioId,
  asOf: closeOf(lastDay),
  sequence: 1,
  positions: [
    ...names.map((instrumentId, i) => ({
      instrumentId,
      strategy: strategies[i % strategies.length] ?? 'growth',
      quantity: String(400 + 10 * i),
    })),
    { instrumentId: 'N00', strategy: 'income', quantity: '100' },
  ],
  cash: [{ currency: 'USD', amount: '100000' }],
};

/** The sample covariance of the returns, as forecasting would publish a model. */
export function model(): RiskModel {
  const window = returns.slice(-500);
  const means = series.map((_, i) => window.reduce((sum, row) => sum + (row[i] ?? 0), 0) / window.length);
  const covariance = (i: number, j: number): number =>
    window.reduce((sum, row) => sum + ((row[i] ?? 0) - (means[i] ?? 0)) * ((row[j] ?? 0) - (means[j] ?? 0)), 0) /
    (window.length - 1);
  const asOf = closeOf(lastDay);
  return {
    modelId: randomUUID(),
    portfolioId,
    policy: defaultRiskPolicy,
    form: 'covariance',
    asOf,
    knownAt: asOf,
    windowStart: xnys.addBusinessDays(lastDay, -499),
    windowEnd: lastDay,
    observations: 500,
    conditionNumber: 100,
    repairs: [],
    holes: [],
    codeVersion: 'bench',
    rows: series.map((instrumentId, i) => ({
      instrumentId,
      observations: 500,
      covariances: series.slice(0, i + 1).map((_, j) => covariance(i, j)),
    })),
  };
}
