import type { NodeExposure, PortfolioMetrics } from '@risk-budget/contracts';
import { groupsOf, type OwnLeaf } from './own-evaluation.js';
import type { OwnPortfolio } from './own-portfolio.js';

/** Every figure of the portfolio as a whole. */
export function ownMetrics(own: OwnPortfolio): PortfolioMetrics {
  const { totals, beta, diversificationBenefit } = own.evaluation;
  const { gross, beta: _, ...concentration } = exposureOf(own.leaves, beta, own.daysToLiquidate);
  return {
    volatilityAnnual: totals.volatility ?? 0,
    var: totals.var ?? 0,
    es: totals.es ?? 0,
    historicalVar: totals.historicalVar ?? null,
    historicalEs: totals.historicalEs ?? null,
    trackingErrorAnnual: totals.trackingError ?? null,
    beta,
    gross,
    net: sum(own.leaves.map((leaf) => leaf.weight)),
    leverage: gross,
    cash: own.cash / own.nav,
    ...concentration,
    largestIssuerWeight: sizesBy(own.leaves, (leaf) => leaf.issuer)[0] ?? 0,
    diversificationBenefit,
  };
}

/** Exposure of every node and view over its own leaves, by its id. */
export function ownExposures({ leaves, evaluation, daysToLiquidate }: OwnPortfolio): Map<string, NodeExposure> {
  return new Map(
    [...groupsOf(leaves)].map(([nodeId, own]) => [
      nodeId,
      exposureOf(own, evaluation.nodes.get(nodeId)?.beta ?? null, daysToLiquidate),
    ]),
  );
}

function exposureOf(
  leaves: readonly OwnLeaf[],
  beta: number | null,
  daysToLiquidate: OwnPortfolio['daysToLiquidate'],
): NodeExposure {
  const gross = sum(leaves.map((leaf) => Math.abs(leaf.weight)));
  const sizes = sizesBy(leaves, (leaf) => leaf.instrumentId);
  const herfindahl = sum(sizes.map((size) => (size / gross) ** 2));
  const days = leaves.flatMap((leaf) => daysToLiquidate.get(`leaf:${leaf.strategy}/${leaf.instrumentId}`) ?? []);
  return {
    ...{ gross, beta, herfindahl, effectiveNumber: herfindahl > 0 ? 1 / herfindahl : 0 },
    largestWeight: sizes[0] ?? 0,
    topFiveWeight: sum(sizes.slice(0, 5)),
    daysToLiquidate: days.length === 0 ? null : Math.max(...days),
  };
}

/** Gross weight by a name, the largest first. */
function sizesBy(leaves: readonly OwnLeaf[], nameOf: (leaf: OwnLeaf) => string): number[] {
  const sizes = new Map<string, number>();
  for (const leaf of leaves) sizes.set(nameOf(leaf), (sizes.get(nameOf(leaf)) ?? 0) + Math.abs(leaf.weight));
  return [...sizes.values()].sort((a, b) => b - a);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
