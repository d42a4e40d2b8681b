import { randomUUID } from 'node:crypto';
import { snapshotTaken, type SnapshotNode, type UtilizationSnapshot } from '@risk-budget/contracts';
import { OwnPortfolios, type OwnPortfolio } from '../../src/evaluation/own-portfolio.js';
import { policy, portfolioId, type Recorder } from './recorder.js';

/** Sectors of the names; the index has none. */
export const sectors: Readonly<Record<string, string>> = { AAA: 'Metals', BBB: 'Metals', CCC: 'Paper' };

/** A snapshot as of a moment with a risk model. */
export function publishSnapshot(
  recorder: Recorder,
  asOf: string,
  cause: UtilizationSnapshot['cause'],
  modelId: string,
): UtilizationSnapshot {
  const bare = {
    snapshotId: randomUUID(),
    portfolioId,
    sequence: recorder.events().of(snapshotTaken).length + 1,
    asOf,
    cause,
    causeId: recorder.causeId,
    lineage: { modelId, policy },
  };
  const own = new OwnPortfolios(recorder.context()).at(bare as UtilizationSnapshot, '9999');
  const data = snapshotOf(bare, own);
  recorder.publish(snapshotTaken, '/risk-budget/utilization', asOf, data);
  return data;
}

/** The snapshot that says what was computed. */
function snapshotOf(
  bare: Pick<UtilizationSnapshot, 'snapshotId' | 'portfolioId' | 'sequence' | 'asOf' | 'cause' | 'causeId'> & {
    readonly lineage: Pick<UtilizationSnapshot['lineage'], 'modelId' | 'policy'>;
  },
  own: OwnPortfolio,
): UtilizationSnapshot {
  const { totals, beta, diversificationBenefit, nodes } = own.evaluation;
  const sizes = own.leaves.map((leaf) => Math.abs(leaf.weight)).sort((a, b) => b - a);
  const gross = sizes.reduce((sum, size) => sum + size, 0);
  const herfindahl = sizes.reduce((sum, size) => sum + (size / gross) ** 2, 0);
  return {
    ...bare,
    state: 'complete',
    baseCurrency: 'USD',
    nav: own.nav,
    metrics: {
      volatilityAnnual: totals.volatility ?? 0,
      var: totals.var ?? 0,
      es: totals.es ?? 0,
      historicalVar: totals.historicalVar ?? 0,
      historicalEs: totals.historicalEs ?? 0,
      trackingErrorAnnual: totals.trackingError ?? 0,
      beta,
      gross,
      net: gross,
      leverage: gross,
      cash: own.cash / own.nav,
      largestWeight: sizes[0] ?? 0,
      topFiveWeight: gross,
      herfindahl,
      effectiveNumber: 1 / herfindahl,
      largestIssuerWeight: sizes[0] ?? 0,
      daysToLiquidate: null,
      diversificationBenefit,
    },
    modelledShare: 1,
    proxiedShare: 0,
    stalePrices: [],
    lineage: {
      ...bare.lineage,
      positionSequence: own.positionSequence,
      priceTime: bare.asOf,
      planId: null,
      planVersion: null,
      historicalWindow: { ...own.scenarios, scenarios: own.scenarios.count, independentWindows: own.scenarios.count },
      codeVersion: 'test',
    },
    marks: [...own.marks].map(([instrumentId, mark]) => ({ instrumentId, ...mark, currency: 'USD', rate: 1 })),
    leaves: true,
    nodes: [...nodes.values()].map((node) => ({
      ...placeOf(node.nodeId),
      nodeId: node.nodeId,
      value: node.value,
      weight: node.weight,
      measures: Object.entries(node.consumption).map(([measure, consumption]) => ({
        measure: measure as SnapshotNode['measures'][number]['measure'],
        consumption,
        standalone: node.standalone[measure as keyof typeof node.standalone] ?? 0,
        budget: null,
        utilization: null,
        headroom: null,
        state: 'unbudgeted' as const,
      })),
    })),
  };
}

function placeOf(nodeId: string): Pick<SnapshotNode, 'kind' | 'parentId'> {
  const [kind = '', name = ''] = nodeId.split(':');
  const [strategy = '', rest = ''] = name.split('/');
  switch (kind) {
    case 'portfolio':
      return { kind, parentId: null };
    case 'benchmark':
    case 'strategy':
      return { kind, parentId: 'portfolio' };
    case 'sector':
      return { kind, parentId: `strategy:${strategy}` };
    case 'leaf':
      return { kind, parentId: `sector:${strategy}/${sectors[rest] ?? ''}` };
    default:
      return { kind: kind as SnapshotNode['kind'], parentId: null };
  }
}
