import { stressRunCompleted, type StressRun } from '@risk-budget/contracts';
import { ownHypotheticalLoss } from '../evaluation/own-hypothetical.js';
import { OwnPortfolios } from '../evaluation/own-portfolio.js';
import type { ScenarioFinding } from '../inputs/rest-findings.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** A thousandth of a total: see `agrees`. */
const shareOfTotal = 1e-3;

/** Every scenario that somebody thought of, in every daily run since another approved it: the loss of each node, from the risk model. */
export function checkHypotheticals(context: RunContext): Check[] {
  const losses = new CheckRecorder(
    'scenarios of the desk: loss of every node, the rest by its expectation given the shocks',
  );
  const scope = new CheckRecorder(
    'scenarios of the desk: approved by another, in every daily run from then on and none before',
  );
  const portfolios = new OwnPortfolios(context);
  for (const { scenarioId, proposedBy, approvedBy } of context.rest.scenarios) {
    scope.expect(proposedBy !== approvedBy, () => `${scenarioId} was approved by ${approvedBy}, who proposed it`);
  }
  for (const { data, publishedAt } of context.events.of(stressRunCompleted)) {
    if (data.cause !== 'schedule') continue;
    for (const scenario of context.rest.scenarios) {
      const name = `${data.portfolioId} ${scenario.scenarioId} at ${data.asOf}`;
      const at = data.results.findIndex(({ scenarioId }) => scenarioId === scenario.scenarioId);
      const wanted = data.asOf >= scenario.approvedAt && data.asOf.slice(0, 10) >= scenario.knownFrom;
      scope.expect(wanted === at >= 0, () => `${name}: is missing or invented`);
      if (!wanted || at < 0) continue;
      const { leaves } = portfolios.holdings(data.portfolioId, data.asOf, publishedAt);
      const model = context.models.get(data.lineage.modelId);
      const shocks = shocksOf(context, portfolios, data, scenario, model.instrumentIds);
      const own = ownHypotheticalLoss(model, shocks, leaves);
      const total = own.nodes.get('portfolio') ?? NaN;
      losses.figure(`${name}: loss`, data.results[at]?.loss, total);
      losses.figure(`${name}: distance`, data.results[at]?.distance, own.distance);
      for (const { nodeId, losses: published } of data.nodes) {
        const loss = own.nodes.get(nodeId) ?? null;
        losses.figure(`${name} ${nodeId}`, published[at], loss, Math.abs(total) * shareOfTotal);
      }
    }
  }
  return [losses.result(), scope.result()];
}

/** By instrument: a sector is every name of it in the model, the market the series that the portfolio is measured against. */
function shocksOf(
  { market }: RunContext,
  portfolios: OwnPortfolios,
  { portfolioId }: StressRun,
  { shocks }: ScenarioFinding,
  instrumentIds: readonly string[],
): Map<string, number> {
  return new Map(
    shocks.flatMap(({ target, return: value }) => {
      const names = instrumentIds.filter((id) => {
        const instrument = market.instruments.get(id)?.data;
        if (target.kind === 'sector') return instrument?.assetClass !== 'index' && instrument?.sector === target.sector;
        return id === (target.kind === 'market' ? portfolios.benchmarkOf(portfolioId) : target.instrumentId);
      });
      return names.map((id) => [id, value] as const);
    }),
  );
}
