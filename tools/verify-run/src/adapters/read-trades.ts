import { limitMeasure, nodeMeasure, portfolioMetrics } from '@risk-budget/contracts';
import { z } from 'zod';
import type { OwnTrade } from '../evaluation/own-portfolio.js';
import type { PreTradeFinding, WhatIfFinding } from '../inputs/trade-findings.js';
import { getItems, getJson, postJson } from './get-json.js';

const trade = z.object({ strategy: z.string(), instrumentId: z.string(), quantityChange: z.string() });
const preTrade = z.object({
  ...{ portfolioId: z.string(), at: z.string(), result: z.enum(['pass', 'soft', 'hard']), trades: z.array(trade) },
  limits: z.array(
    z.object({
      ...{ limitId: z.string(), version: z.number(), measure: limitMeasure, nodeId: z.string() },
      ...{ before: z.number().nullable(), after: z.number(), bound: z.number() },
      ...{ breachedBefore: z.boolean(), breachedAfter: z.boolean(), worsens: z.boolean() },
    }),
  ),
  lineage: z.object({
    ...{ nav: z.number(), positionSequence: z.number(), modelId: z.string() },
    ...{ planId: z.string().nullable(), planVersion: z.number().nullable(), reservations: z.array(z.string()) },
  }),
});
const side = z.object({ nav: z.number(), metrics: portfolioMetrics });
const figures = nodeMeasure.pick({ consumption: true, standalone: true, budget: true }).nullable();
const whatIf = z.object({
  ...{ portfolioId: z.string(), snapshotId: z.string(), before: side, after: side },
  change: z.record(z.string(), z.number()),
  nodes: z.array(
    z.object({
      ...{ nodeId: z.string(), valueBefore: z.number(), valueAfter: z.number() },
      ...{ weightBefore: z.number(), weightAfter: z.number() },
      measures: z.array(
        z.object({
          ...{ measure: nodeMeasure.shape.measure, before: figures, after: figures, consumptionChange: z.number() },
        }),
      ),
    }),
  ),
});
const summary = z.object({ portfolioId: z.string(), snapshotId: z.string().nullable(), problem: z.unknown() });
const tree = z.object({ nodes: z.array(z.object({ nodeId: z.string() })) });

/** Every check of trades that was made, the oldest first. */
export async function readPreTrades(
  url: string,
  token: string,
  portfolioIds: readonly string[],
): Promise<PreTradeFinding[]> {
  const found: PreTradeFinding[] = [];
  for (const portfolioId of portfolioIds) {
    const path = `${url}/v1/portfolios/${portfolioId}/pre-trade-checks`;
    found.push(...(await getItems(path, token, preTrade)).reverse());
  }
  return found;
}

/** Asks utilization what trades would make of each portfolio: sell some of one, buy another, and a third for another strategy. */
export async function readWhatIfs(url: string, token: string): Promise<WhatIfFinding[]> {
  const found: WhatIfFinding[] = [];
  for (const { portfolioId, snapshotId, problem } of await getItems(`${url}/v1/portfolios`, token, summary)) {
    if (snapshotId === null || problem !== null) continue;
    const base = `${url}/v1/portfolios/${portfolioId}`;
    const { nodes } = await getJson(`${base}/utilization?measure=volatility`, token, tree);
    const trades = tradesIn(nodes.map(({ nodeId }) => nodeId));
    if (trades.length === 0) continue;
    found.push({ trades, ...(await postJson(`${base}/what-if`, token, { trades }, whatIf)) });
  }
  return found;
}

function tradesIn(nodeIds: readonly string[]): OwnTrade[] {
  const leaves = nodeIds.flatMap((nodeId) => {
    const [, strategy, instrumentId] = /^leaf:([^/]+)\/(.+)$/.exec(nodeId) ?? [];
    return strategy === undefined || instrumentId === undefined ? [] : [{ strategy, instrumentId }];
  });
  const [first, second, last] = [leaves[0], leaves[1], leaves.at(-1)];
  if (first === undefined || second === undefined || last === undefined) return [];
  return [
    { ...first, quantityChange: '-150' },
    { ...second, quantityChange: '400' },
    { strategy: first.strategy, instrumentId: last.instrumentId, quantityChange: '75' },
  ];
}
