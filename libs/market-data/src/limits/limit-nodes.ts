import { riskMeasure, type LimitMeasure, type LimitScope, type RiskMeasure } from '@risk-budget/contracts';
import {
  instrumentNodeId,
  issuerNodeId,
  leafNodeId,
  PORTFOLIO_NODE_ID,
  sectorNodeId,
  sectorTotalNodeId,
  strategyNodeId,
} from '@risk-budget/risk-math';

/** Whether a measure has budgets, so that a share of one can bound it. */
export function isRiskMeasure(measure: LimitMeasure): measure is RiskMeasure {
  return riskMeasure.options.some((option) => option === measure);
}

/** The node or view that a scope is about. */
export function nodeIdOf(scope: LimitScope): string {
  switch (scope.level) {
    case 'portfolio':
      return PORTFOLIO_NODE_ID;
    case 'strategy':
      return strategyNodeId(scope.strategy);
    case 'sector':
      return scope.strategy === undefined
        ? sectorTotalNodeId(scope.sector)
        : sectorNodeId(scope.strategy, scope.sector);
    case 'issuer':
      return issuerNodeId(scope.issuer);
    case 'instrument':
      return scope.strategy === undefined
        ? instrumentNodeId(scope.instrumentId)
        : leafNodeId(scope.strategy, scope.instrumentId);
  }
}
