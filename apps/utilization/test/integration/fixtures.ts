import { randomUUID } from 'node:crypto';
import {
  defaultRiskPolicy,
  type BudgetNode,
  type BudgetPlan,
  type BudgetTree,
  type Instrument,
  type LimitDefinition,
  type PositionsSnapshot,
  type RiskMeasure,
  type RiskModel,
  type RiskPolicy,
} from '@risk-budget/contracts';

/** Three names with known volatilities and correlations, of which one is held in two strategies; the net asset value is 100,000. */
export const names = ['ALPHA', 'BRAVO', 'CHARLIE'] as const;
export type Name = (typeof names)[number];

export const prices: Readonly<Record<Name, number>> = { ALPHA: 100, BRAVO: 50, CHARLIE: 20 };
const dailyVolatility: Readonly<Record<Name, number>> = { ALPHA: 0.02, BRAVO: 0.01, CHARLIE: 0.015 };
const correlation = [
  [1, 0.5, 0.3],
  [0.5, 1, 0.2],
  [0.3, 0.2, 1],
] as const;

/** Covariance per day of two of the names, by their place. */
export function covariance(i: number, j: number): number {
  return (
    (correlation[i]?.[j] ?? 0) *
    (dailyVolatility[names[i] ?? 'ALPHA'] ?? 0) *
    (dailyVolatility[names[j] ?? 'ALPHA'] ?? 0)
  );
}

const instrument = (instrumentId: Name, sector: string, issuer: string): Instrument => ({
  instrumentId,
  name: `${instrumentId} Inc`,
  assetClass: 'equity',
  currency: 'USD',
  sector,
  issuer,
  staleAfterDays: 3,
  contractMultiplier: '1',
  liquidity: { averageDailyVolume: '1000', participationRate: 0.2 },
});

export const instruments: readonly Instrument[] = [
  instrument('ALPHA', 'Technology', 'Alpha Group'),
  instrument('BRAVO', 'Energy', 'Bravo Group'),
  instrument('CHARLIE', 'Technology', 'Charlie Group'),
];

/** Weights 0.30, 0.10, 0.05, 0.40 and 0.15 in cash. */
export const quantities = {
  'Growth/ALPHA': 300,
  'Growth/CHARLIE': 500,
  'Income/ALPHA': 50,
  'Income/BRAVO': 800,
} as const;
export type Leaf = keyof typeof quantities;

export function positionsOf(
  portfolioId: string,
  asOf: string,
  sequence: number,
  held: Partial<Readonly<Record<Leaf, number>>> = quantities,
  cash = 15_000,
): PositionsSnapshot {
  return {
    portfolioId,
    asOf,
    sequence,
    positions: Object.entries(held).map(([leaf, quantity]) => {
      const [strategy = '', instrumentId = ''] = leaf.split('/');
      return { strategy, instrumentId, quantity: String(quantity) };
    }),
    cash: [{ currency: 'USD', amount: String(cash) }],
  };
}

/** A model of the names with the covariances above, times a factor. */
export function modelOf(
  portfolioId: string,
  asOf: string,
  options: { policy?: RiskPolicy; scale?: number; names?: readonly Name[] } = {},
): RiskModel {
  const { policy = defaultRiskPolicy, scale = 1, names: modelled = names } = options;
  return {
    modelId: randomUUID(),
    portfolioId,
    policy,
    form: 'covariance',
    asOf,
    knownAt: asOf,
    windowStart: '2018-01-02',
    windowEnd: asOf.slice(0, 10),
    observations: 500,
    conditionNumber: 10,
    repairs: [],
    holes: [],
    codeVersion: 'test',
    rows: modelled.map((instrumentId, row) => ({
      instrumentId,
      observations: 500,
      covariances: modelled
        .slice(0, row + 1)
        .map((other) => scale * covariance(names.indexOf(instrumentId), names.indexOf(other))),
    })),
  };
}

export interface HandFigures {
  /** Annual. */
  readonly volatility: number;
  /** Euler contribution to it of a weight in one of the names. */
  contribution(name: Name, weight: number): number;
}

/** σ = √252·√(w'Σw) and contributions w·(Σw)·√252 / σ_day, by hand. */
export function byHand(weights: Readonly<Record<Name, number>>, scale = 1): HandFigures {
  const product = names.map((_, i) =>
    names.reduce((sum, other, j) => sum + scale * covariance(i, j) * weights[other], 0),
  );
  const variance = names.reduce((sum, name, i) => sum + weights[name] * (product[i] ?? 0), 0);
  const daily = Math.sqrt(variance);
  return {
    volatility: daily * Math.sqrt(252),
    contribution: (name, weight) => (weight * (product[names.indexOf(name)] ?? 0) * Math.sqrt(252)) / daily,
  };
}

const budgetNode = (nodeId: string, parentId: string | null, kind: BudgetNode['kind'], budget: number): BudgetNode => ({
  nodeId,
  parentId,
  kind,
  share: budget,
  budget,
  targetConsumption: budget,
});

/** A tree with the portfolio, its two strategies, and any further nodes. */
export function treeOf(measure: RiskMeasure, total: number, growth: number, income: number): BudgetTree {
  return {
    measure,
    total,
    reserve: 0,
    nodes: [
      budgetNode('portfolio', null, 'portfolio', total),
      budgetNode('strategy:Growth', 'portfolio', 'strategy', growth),
      budgetNode('strategy:Income', 'portfolio', 'strategy', income),
    ],
  };
}

export function planOf(portfolioId: string, trees: BudgetTree[], change: Partial<BudgetPlan> = {}): BudgetPlan {
  return {
    planId: randomUUID(),
    portfolioId,
    version: 1,
    change: 'activated',
    status: 'active',
    effectiveFrom: null,
    policy: defaultRiskPolicy,
    method: 'customRiskShares',
    trees,
    targetWeights: [],
    rebalancingBand: 0.02,
    modelId: null,
    proposedBy: 'maria',
    approvedBy: 'amir',
    ...change,
  };
}

/** A hard upper limit of 36 % on a weight, that of the whole portfolio unless said. */
export function limitOf(portfolioId: string, change: Partial<LimitDefinition> = {}): LimitDefinition {
  return {
    limitId: `limit-${portfolioId}`,
    portfolioId,
    name: 'A limit',
    measure: 'weight',
    scope: { level: 'portfolio' },
    direction: 'upper',
    bound: { kind: 'absolute', value: 0.36 },
    severity: 'hard',
    hysteresis: 0,
    effectiveFrom: '2020-01-01T00:00:00.000Z',
    version: 1,
    status: 'active',
    proposedBy: 'maria',
    approvedBy: 'amir',
    ...change,
  };
}
