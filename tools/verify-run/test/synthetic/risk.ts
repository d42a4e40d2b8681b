import { snapshotTaken } from '@risk-budget/contracts';
import { ownExposures } from '../../src/evaluation/own-metrics.js';
import { OwnPortfolios } from '../../src/evaluation/own-portfolio.js';
import type { RiskFinding } from '../../src/inputs/rest-findings.js';
import { portfolioId, type Recorder } from './recorder.js';

/** The latest volatility by strategy, as attribution would tell it. */
export function riskByStrategy(recorder: Recorder): RiskFinding {
  const events = recorder.events().of(snapshotTaken);
  const last = events.at(-1);
  if (last === undefined) throw new Error('no snapshot was taken');
  const own = new OwnPortfolios(recorder.context()).at(last.data, last.publishedAt);
  const { nodes, totals } = own.evaluation;
  const exposures = ownExposures(own);
  const total = totals.volatility ?? 0;
  const strategies = [...nodes.values()].filter(({ nodeId }) => nodeId.startsWith('strategy:'));
  return {
    ...{ portfolioId, measure: 'volatility', by: 'strategy', snapshotId: last.data.snapshotId, total },
    lines: strategies.map(({ nodeId, consumption: { volatility = 0 }, standalone }) => {
      const exposure = exposures.get(nodeId)?.gross ?? NaN;
      return {
        ...{ name: nodeId.slice('strategy:'.length), kind: 'strategy', component: volatility },
        percentage: volatility / total,
        standalone: standalone.volatility ?? 0,
        xSigmaRho: {
          exposure,
          deviation: (standalone.volatility ?? 0) / exposure,
          correlation: volatility / (standalone.volatility ?? 1),
        },
      };
    }),
  };
}
