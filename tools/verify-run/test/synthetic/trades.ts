import { snapshotTaken, type LimitDefinition, type RiskMeasure } from '@risk-budget/contracts';
import { ownMetrics } from '../../src/evaluation/own-metrics.js';
import { OwnPortfolios, type OwnPortfolio, type OwnTrade } from '../../src/evaluation/own-portfolio.js';
import type { DeskAction } from '../../src/inputs/script-files.js';
import type { CheckedLimitFinding, PreTradeFinding, WhatIfFinding } from '../../src/inputs/trade-findings.js';
import { policy, portfolioId, type Recorder } from './recorder.js';

const trades: readonly OwnTrade[] = [
  { strategy: 'growth', instrumentId: 'AAA', quantityChange: '-500' },
  { strategy: 'growth', instrumentId: 'BBB', quantityChange: '200' },
  { strategy: 'growth', instrumentId: 'CCC', quantityChange: '10' },
];

/** The script has these trades checked: AAA is beyond its soft limit and comes closer, BBB goes further beyond its hard one. */
export const scriptedCheck = (at: string): DeskAction => ({
  ...{ at, do: 'checkTrade', what: 'sell some AAA for BBB', portfolioId, expect: 'hard' },
  trades: trades.map((trade) => ({ ...trade })),
});

interface Sides {
  readonly before: OwnPortfolio;
  readonly after: OwnPortfolio;
}

function sides(recorder: Recorder, asOf: string, modelId: string): Sides {
  const portfolios = new OwnPortfolios(recorder.context());
  const held = portfolios.holdings(portfolioId, asOf, '9999');
  const by = { asOf, modelId, policy };
  return {
    before: portfolios.evaluated(portfolioId, held, by),
    after: portfolios.evaluated(portfolioId, portfolios.traded(held, trades, asOf), by),
  };
}

/** What limits would answer. */
export function preTradeOf(recorder: Recorder, at: string, modelId: string): PreTradeFinding {
  const { before, after } = sides(recorder, at, modelId);
  const checked = (limitId: string, instrumentId: string, bound: number): CheckedLimitFinding => {
    const nodeId = `instrument:${instrumentId}`;
    const [from, to] = [before, after].map((side) => side.evaluation.nodes.get(nodeId)?.weight ?? 0);
    if (from === undefined || to === undefined) throw new Error('nothing is held');
    return {
      ...{ limitId, version: 1, measure: 'weight' satisfies LimitDefinition['measure'], nodeId, bound },
      ...{ before: from, after: to, breachedBefore: from > bound, breachedAfter: to > bound },
      worsens: to > bound && to > from,
    };
  };
  return {
    ...{ portfolioId, at, result: 'hard', trades },
    limits: [checked('aaa-weight', 'AAA', 0.3), checked('bbb-weight', 'BBB', 0.35)],
    lineage: {
      ...{ nav: before.nav, positionSequence: before.positionSequence, modelId },
      ...{ planId: null, planVersion: null, reservations: [] },
    },
  };
}

/** What utilization would answer of the last snapshot. */
export function whatIfOf(recorder: Recorder): WhatIfFinding {
  const last = recorder.events().of(snapshotTaken).at(-1)?.data;
  if (last === undefined) throw new Error('no snapshot was taken');
  const { before, after } = sides(recorder, last.asOf, last.lineage.modelId);
  const [from, to] = [ownMetrics(before), ownMetrics(after)];
  const shown = /^(portfolio|benchmark)$|^(strategy|sector):|^leaf:growth\/(AAA|BBB|CCC)$/;
  const nodeIds = [...after.evaluation.nodes.keys()].filter((nodeId) => shown.test(nodeId));
  return {
    ...{ portfolioId, trades, snapshotId: last.snapshotId },
    before: { nav: before.nav, metrics: from },
    after: { nav: after.nav, metrics: to },
    change: Object.fromEntries(
      Object.entries(from).flatMap(([figure, value]) => {
        const later = to[figure as keyof typeof to];
        return value === null || later === null ? [] : [[figure, later - value]];
      }),
    ),
    nodes: nodeIds.map((nodeId) => {
      const [one, other] = [before.evaluation.nodes.get(nodeId), after.evaluation.nodes.get(nodeId)];
      const figures = (node: typeof one, measure: RiskMeasure) =>
        node === undefined
          ? null
          : { consumption: node.consumption[measure] ?? 0, standalone: node.standalone[measure] ?? 0, budget: null };
      return {
        ...{ nodeId, valueBefore: one?.value ?? 0, valueAfter: other?.value ?? 0 },
        ...{ weightBefore: one?.weight ?? 0, weightAfter: other?.weight ?? 0 },
        measures: (Object.keys(after.evaluation.totals) as RiskMeasure[]).map((measure) => ({
          ...{ measure, before: figures(one, measure), after: figures(other, measure) },
          consumptionChange: (other?.consumption[measure] ?? 0) - (one?.consumption[measure] ?? 0),
        })),
      };
    }),
  };
}
