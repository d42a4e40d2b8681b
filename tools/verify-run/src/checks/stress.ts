import { portfolioDefined, stressRunCompleted, type StressResult, type StressRun } from '@risk-budget/contracts';
import { ownEpisodeLoss, type OwnEpisodeLoss } from '../evaluation/own-episode.js';
import { OwnPortfolios, type OwnHoldings } from '../evaluation/own-portfolio.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** A thousandth of a total: see `agrees`. */
const shareOfTotal = 1e-3;

/** Every scheduled stress run: today's holdings held through each fall of the past that was over by then, from closes alone. */
export function checkStress(context: RunContext): Check[] {
  const portfolios = new OwnPortfolios(context);
  const losses = new CheckRecorder(
    'stress: loss, worst point, worst day and ten days of every episode, from the closes',
  );
  const nodes = new CheckRecorder('stress: loss of every node in every episode; children sum to their parent');
  const scope = new CheckRecorder('stress: every episode that was over by then, none from the future');
  for (const { data, publishedAt } of context.events.of(stressRunCompleted)) {
    if (data.cause !== 'schedule') continue;
    const name = `${data.portfolioId} stress at ${data.asOf}`;
    const own = portfolios.holdings(data.portfolioId, data.asOf, publishedAt);
    losses.figure(`${name} NAV`, data.nav, own.nav);
    losses.expect(
      data.lineage.positionSequence === own.positionSequence,
      () => `${name}: position sequence ${data.lineage.positionSequence}, ${own.positionSequence} expected`,
    );
    compareEpisodes(context, name, data, own, { losses, nodes, scope });
    compareSums(nodes, name, data);
  }
  return [losses.result(), nodes.result(), scope.result(), checkRuns(context)];
}

interface Recorders {
  readonly losses: CheckRecorder;
  readonly nodes: CheckRecorder;
  readonly scope: CheckRecorder;
}

function compareEpisodes(
  context: RunContext,
  name: string,
  data: StressRun,
  own: OwnHoldings,
  { losses, nodes, scope }: Recorders,
): void {
  const today = data.asOf.slice(0, 10);
  for (const episode of context.inputs.episodes) {
    const { scenarioId } = episode;
    const at = data.results.findIndex((result) => result.scenarioId === scenarioId);
    const result = data.results[at];
    if (episode.end >= today) {
      scope.expect(result === undefined, () => `${name}: ${scenarioId} was not over yet`);
      scope.expect(
        data.leftOut.some((left) => left.scenarioId === scenarioId),
        () => `${name}: does not say that ${scenarioId} is left out`,
      );
      continue;
    }
    const mine = ownEpisodeLoss(context, episode, own.leaves, data.asOf);
    scope.expect(
      (result === undefined) === (mine === undefined),
      () => `${name}: ${scenarioId} is missing or invented`,
    );
    if (mine === undefined) {
      const said = data.problems.some((problem) => problem.scenarioId === scenarioId);
      scope.expect(said, () => `${name}: does not say why ${scenarioId} has no figure`);
    }
    if (result === undefined || mine === undefined) continue;
    compareEpisode(losses, `${name} ${scenarioId}`, result, mine);
    compareNodes(nodes, `${name} ${scenarioId}`, data, at, mine);
  }
}

function compareEpisode(check: CheckRecorder, name: string, result: StressResult, mine: OwnEpisodeLoss): void {
  const scale = mine.worstPoint * shareOfTotal;
  check.figure(`${name} loss`, result.loss, mine.end, scale);
  check.figure(`${name} worst point`, result.worstPointLoss, mine.worstPoint, scale);
  check.figure(`${name} worst day`, result.worstDayLoss, mine.worstDay, scale);
  check.figure(`${name} worst ten days`, result.worstTenDayLoss, mine.worstTenDays, scale);
  check.figure(`${name} proxied share`, result.proxiedShare, mine.proxiedShare);
  check.expect(
    JSON.stringify(result.proxied) === JSON.stringify(mine.proxied) &&
      JSON.stringify(result.window) === JSON.stringify(mine.window),
    () => `${name}: window ${JSON.stringify(result.window)}, proxied ${result.proxied.join(' ')}`,
  );
}

function compareNodes(check: CheckRecorder, name: string, data: StressRun, at: number, mine: OwnEpisodeLoss): void {
  const published = new Map(data.nodes.map((node) => [node.nodeId, node]));
  check.expect(
    published.size === mine.nodes.size,
    () => `${name}: ${published.size} nodes, ${mine.nodes.size} expected`,
  );
  for (const [nodeId, loss] of mine.nodes) {
    check.figure(`${name} ${nodeId}`, published.get(nodeId)?.losses[at], loss, mine.worstPoint * shareOfTotal);
  }
}

/** Published figures among themselves. */
function compareSums(check: CheckRecorder, name: string, data: StressRun): void {
  for (const parent of data.nodes) {
    const children = data.nodes.filter((node) => node.parentId === parent.nodeId);
    if (children.length === 0) continue;
    for (const [at, { scenarioId, loss }] of data.results.entries()) {
      const sum = children.reduce((total, child) => total + (child.losses[at] ?? NaN), 0);
      check.figure(
        `${name} ${scenarioId} ${parent.nodeId}`,
        sum,
        parent.losses[at] ?? null,
        Math.abs(loss) * shareOfTotal,
      );
    }
  }
}

/** Each portfolio that exists is stressed once on each day. */
function checkRuns({ events, inputs, positions }: RunContext): Check {
  const check = new CheckRecorder('stress: one run of every portfolio on every day');
  const counts = new Map<string, number>();
  for (const { data } of events.of(stressRunCompleted)) {
    if (data.cause !== 'schedule') continue;
    const key = `${data.portfolioId} ${data.asOf}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const { world } = inputs;
  const days = [...inputs.closes.keys()].filter((day) => day >= world.firstDay && day <= world.lastDay);
  const defined = new Map<string, string>();
  for (const { envelope, data } of events.of(portfolioDefined)) {
    if (!defined.has(data.portfolioId)) defined.set(data.portfolioId, envelope.time);
  }
  for (const [portfolioId, since] of defined) {
    for (const day of days) {
      const at = `${day}T${world.stressTime}`;
      if (at < since || positions.holdings(portfolioId, at, '9999') === undefined) continue;
      const count = counts.get(`${portfolioId} ${at}`) ?? 0;
      check.expect(count === 1, () => `${count} runs of ${portfolioId} at ${at}`);
    }
  }
  return check.result();
}
