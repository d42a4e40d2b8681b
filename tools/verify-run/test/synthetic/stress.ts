import { randomUUID } from 'node:crypto';
import { stressRunCompleted } from '@risk-budget/contracts';
import { ownHypotheticalLoss } from '../../src/evaluation/own-hypothetical.js';
import { ownEpisodeLoss } from '../../src/evaluation/own-episode.js';
import { OwnPortfolios } from '../../src/evaluation/own-portfolio.js';
import type { ScenarioFinding } from '../../src/inputs/rest-findings.js';
import { policy, portfolioId, type Recorder } from './recorder.js';

/** The library answers with a scenario that was thought of and approved before the first day. */
export const metalsFall: ScenarioFinding = {
  ...{ scenarioId: 'metals-fall', knownFrom: '2019-01-01', proposedBy: 'rita', approvedBy: 'anna' },
  approvedAt: '2019-11-18T12:00:00.000Z',
  shocks: [
    { target: { kind: 'sector', sector: 'Metals' }, return: -0.2 },
    { target: { kind: 'market' }, return: -0.05 },
  ],
};

/** Episodes that were over by then; before all prices there is no figure. */
export function publishStress(recorder: Recorder, asOf: string, modelId: string): void {
  const context = recorder.context();
  const own = new OwnPortfolios(context).holdings(portfolioId, asOf, '9999');
  const over = recorder.inputs.episodes.filter((episode) => episode.end < asOf.slice(0, 10));
  const figures = over.flatMap((episode) => {
    const loss = ownEpisodeLoss(context, episode, own.leaves, asOf);
    return loss === undefined ? [] : [{ ...episode, loss }];
  });
  const shocks = new Map([
    ['AAA', -0.2],
    ['BBB', -0.2],
    ['IDX', -0.05],
  ]);
  const thought = ownHypotheticalLoss(context.models.get(modelId), shocks, own.leaves);
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
    results: [
      ...figures.map(({ scenarioId, loss }) => ({
        ...{ kind: 'historical' as const, scenarioId, scenarioVersion: 1, scenarioName: scenarioId, knownFrom: null },
        ...{ window: loss.window, loss: loss.end, worstPointLoss: loss.worstPoint, worstDayLoss: loss.worstDay },
        ...{ worstTenDayLoss: loss.worstTenDays, baseline: null, distance: null, distribution: null },
        ownShare: 1 - loss.proxiedShare,
        proxiedShare: loss.proxiedShare,
        proxied: [...loss.proxied],
      })),
      {
        ...{ kind: 'hypothetical', scenarioId: metalsFall.scenarioId, scenarioVersion: 1, scenarioName: 'Metals fall' },
        ...{ knownFrom: metalsFall.knownFrom, window: null, loss: thought.nodes.get('portfolio') ?? NaN },
        ...{ worstPointLoss: null, worstDayLoss: null, worstTenDayLoss: null, baseline: null },
        ...{ distance: thought.distance, distribution: null, ownShare: 1, proxiedShare: 0, proxied: [] },
      },
    ],
    nodes: [...(figures[0]?.loss.nodes.keys() ?? [])].map((nodeId) => ({
      nodeId,
      parentId: parents[nodeId] ?? null,
      kind: nodeId.split(':')[0] as 'portfolio',
      weight: 0,
      losses: [...figures.map(({ loss }) => loss.nodes.get(nodeId) ?? 0), thought.nodes.get(nodeId) ?? 0],
    })),
  });
}
