import { randomUUID } from 'node:crypto';
import { stressRunCompleted } from '@risk-budget/contracts';
import { ownEpisodeLoss } from '../../src/evaluation/own-episode.js';
import { OwnPortfolios } from '../../src/evaluation/own-portfolio.js';
import { policy, portfolioId, type Recorder } from './recorder.js';

/** Episodes that were over by then; before all prices there is no figure. */
export function publishStress(recorder: Recorder, asOf: string, modelId: string): void {
  const context = recorder.context();
  const own = new OwnPortfolios(context).holdings(portfolioId, asOf, '9999');
  const over = recorder.inputs.episodes.filter((episode) => episode.end < asOf.slice(0, 10));
  const figures = over.flatMap((episode) => {
    const loss = ownEpisodeLoss(context, episode, own.leaves, asOf);
    return loss === undefined ? [] : [{ ...episode, loss }];
  });
  const parents: Record<string, string | null> = { portfolio: null };
  for (const leaf of own.leaves) {
    parents[`strategy:${leaf.strategy}`] = 'portfolio';
    parents[`sector:${leaf.strategy}/${leaf.sector}`] = `strategy:${leaf.strategy}`;
    parents[`leaf:${leaf.strategy}/${leaf.instrumentId}`] = `sector:${leaf.strategy}/${leaf.sector}`;
  }
  recorder.publish(stressRunCompleted, '/risk-budget/stress', asOf, {
    runId: randomUUID(),
    portfolioId,
    asOf,
    cause: 'schedule',
    state: 'incomplete',
    includesLater: false,
    leftOut: recorder.inputs.episodes
      .filter((episode) => !over.includes(episode))
      .map(({ scenarioId, end }) => ({ scenarioId, knownFrom: end })),
    problems: over
      .filter(({ scenarioId }) => figures.every((figure) => figure.scenarioId !== scenarioId))
      .map(({ scenarioId }) => ({ scenarioId, code: 'STRESS.NO_HISTORY', detail: 'no prices' })),
    nav: own.nav,
    lineage: {
      positionSequence: own.positionSequence,
      priceTime: asOf,
      modelId,
      policyId: policy.policyId,
      policyVersion: policy.version,
      codeVersion: 'test',
    },
    results: figures.map(({ scenarioId, loss }) => ({
      kind: 'historical' as const,
      scenarioId,
      scenarioVersion: 1,
      scenarioName: scenarioId,
      knownFrom: null,
      window: loss.window,
      loss: loss.end,
      worstPointLoss: loss.worstPoint,
      worstDayLoss: loss.worstDay,
      worstTenDayLoss: loss.worstTenDays,
      baseline: null,
      distance: null,
      distribution: null,
      ownShare: 1 - loss.proxiedShare,
      proxiedShare: loss.proxiedShare,
      proxied: [...loss.proxied],
    })),
    nodes: [...(figures[0]?.loss.nodes.keys() ?? [])].map((nodeId) => ({
      nodeId,
      parentId: parents[nodeId] ?? null,
      kind: nodeId.split(':')[0] as 'portfolio',
      weight: 0,
      losses: figures.map(({ loss }) => loss.nodes.get(nodeId) ?? 0),
    })),
  });
}
