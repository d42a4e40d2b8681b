import type { Breach } from '@risk-budget/contracts';
import type { DeskRecord } from '../desk/desk.js';
import type { ReplayResult } from '../replay.js';
import { figure, figureAndBound, moment, percent, table, whole } from './format.js';

/** The plan in force, with its budgets by strategy. */
export function planSection({ run }: ReplayResult): string[] {
  const active = run.plans.filter((plan) => plan.change === 'activated').at(-1);
  if (active === undefined) return ['Plan', '  none was activated'];
  const lines = [
    `Plan of ${active.portfolioId}`,
    `  ${active.method}, drafted by ${active.proposedBy}, approved by ${active.approvedBy ?? 'nobody'}; weights may move ${percent(active.rebalancingBand)} from their targets`,
  ];
  for (const tree of active.trees) {
    lines.push(
      `  ${tree.measure}: ${percent(tree.total)} for the portfolio, ${percent(tree.reserve)} of it in reserve; budgeting accuracy ${tree.accuracy?.toFixed(6) ?? 'not given'}`,
    );
    const weights = new Map<string, number>();
    for (const leaf of active.targetWeights) {
      const nodeId = `strategy:${leaf.strategy}`;
      weights.set(nodeId, (weights.get(nodeId) ?? 0) + leaf.weight);
    }
    const rows = tree.nodes
      .filter((node) => node.kind === 'strategy')
      .map((node) => [
        nameOf(node.nodeId),
        percent(node.share),
        percent(node.budget),
        percent(node.targetConsumption),
        percent(weights.get(node.nodeId) ?? 0),
      ]);
    lines.push(...table([['strategy', 'share', 'budget', 'target use', 'target weight'], ...rows], '    '));
  }
  return lines;
}

/** How the dynamic policy has scaled the budgets, and since when limits have followed a rise. */
export function adjustmentSection({ run }: ReplayResult): string[] {
  const adjusted = run.plans.flatMap((plan) =>
    plan.change === 'adjusted' && plan.adjustment !== undefined ? [{ plan, adjustment: plan.adjustment }] : [],
  );
  const seen = new Set<string>();
  const rows = adjusted.map(({ plan, adjustment }) => {
    const again = seen.has(adjustment.adjustmentId);
    seen.add(adjustment.adjustmentId);
    const { regime, forecastVolatilityAnnual: forecast } = adjustment;
    return [
      again ? '' : moment(adjustment.at),
      plan.portfolioId,
      again ? 'limits follow' : adjustment.direction,
      percent(adjustment.previousFactor),
      percent(adjustment.factor),
      percent(adjustment.limitFactor),
      regime === null ? '' : `${regime.state} (${percent(regime.probability, 0)})`,
      forecast === null ? '' : percent(forecast),
    ];
  });
  const head = ['at', 'portfolio', 'what', 'from', 'to', 'limits at', 'regime', 'forecast volatility'];
  return [`Budget adjustments (${seen.size})`, ...(rows.length === 0 ? [] : table([head, ...rows]))];
}

/** The highest use of each strategy's budget, and the day on which it was reached first. */
export function utilizationSection({ run }: ReplayResult): string[] {
  const peaks = new Map<string, { value: number; asOf: string }>();
  for (const snapshot of run.snapshots) {
    for (const [key, value] of snapshot.utilization) {
      if (!/ (portfolio$|strategy:)/.test(key)) continue;
      const known = peaks.get(`${snapshot.portfolioId} ${key}`);
      if (known === undefined || value > known.value) {
        peaks.set(`${snapshot.portfolioId} ${key}`, { value, asOf: snapshot.asOf });
      }
    }
  }
  const rows = [...peaks]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { value, asOf }]) => {
      const [portfolioId = '', measure = '', ...node] = key.split(' ');
      return [portfolioId, nameOf(node.join(' ')), measure, percent(value, 1), asOf.slice(0, 10)];
    });
  return ['Highest utilization', ...table([['portfolio', 'node', 'measure', 'of budget', 'on'], ...rows])];
}

/** Every breach with its life. */
export function breachSection({ run, script, breaches }: ReplayResult): string[] {
  const lives = new Map<string, Breach[]>();
  for (const change of run.breaches) lives.set(change.breachId, [...(lives.get(change.breachId) ?? []), change]);
  const limits = new Map(run.limits.map((limit) => [limit.limitId, limit]));
  const lines = [`Breaches (${lives.size})`];
  for (const life of lives.values()) {
    const [opened] = life;
    const last = life.at(-1);
    if (opened === undefined || last === undefined) continue;
    const limit = limits.get(opened.limitId);
    const measure = limit?.measure ?? '';
    const { state, value, worstValue } = breaches.get(last.breachId) ?? last;
    const now = state === 'resolved' ? 'resolved' : `${state} on ${script.world.lastDay} at ${figure(measure, value)}`;
    const [opening, bound] = figureAndBound(measure, opened.value, opened.bound);
    lines.push(
      `  ${opened.limitId}, ${opened.severity}: ${limit?.name ?? ''} opened at ${opening}, bound ${bound}, worst ${figure(measure, worstValue)}; ${now}`,
    );
    for (const step of life) lines.push(`    ${moment(step.at)}  ${lifeStep(step, measure)}`);
  }
  return lines;
}

function lifeStep(step: Breach, measure: string): string {
  const by = step.by === null ? '' : ` by ${step.by}`;
  switch (step.transition) {
    case 'opened':
      return `opened, ${step.nature}`;
    case 'escalated':
      return `escalated to step ${step.escalationStep}`;
    case 'waived':
      return `waived${by} until ${moment(step.waiverExpiresAt ?? '')}: ${step.reason ?? ''}`;
    case 'waiverExpired':
      return 'the waiver expired';
    case 'remediationPlanned':
      return `remediation planned${by}, due ${moment(step.remediation?.dueAt ?? '')}: ${step.remediation?.plan ?? ''}`;
    case 'acknowledged':
      return `acknowledged${by}: ${step.reason ?? ''}`;
    case 'worsened':
      return `worsened by a trade to ${figure(measure, step.value)}`;
    case 'resolved':
      return `resolved at ${figure(measure, step.value)}`;
  }
}

/** How often ladders were climbed, and how far. */
export function escalationSection({ run }: ReplayResult): string[] {
  const steps = run.breaches.filter((change) => change.transition === 'escalated');
  const highest = new Map<string, number>();
  for (const step of steps) highest.set(step.limitId, Math.max(step.escalationStep, highest.get(step.limitId) ?? 0));
  return [
    `Escalations (${steps.length}), notifications (${run.notifications})`,
    ...[...highest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([limitId, step]) => `  ${limitId}: up to step ${step}`),
  ];
}

/** Trade checks, and requests that were refused as the script expects. */
export function checkSection({ desk }: ReplayResult): string[] {
  const lines = ['Trade checks and refusals'];
  for (const { action, outcome } of desk) {
    if (action.do === 'checkTrade') lines.push(`  ${moment(action.at)}  ${outcome.padEnd(5)} ${action.what}`);
    else if (action.refusedWith !== undefined) {
      const what = action.do === 'read' ? action.what : action.do;
      lines.push(`  ${moment(action.at)}  ${what} by the ${action.by} refused: ${outcome}`);
    }
  }
  return lines;
}

/** What allocation asked for, and what was executed of it. */
export function rebalancingSection({ run, desk }: ReplayResult): string[] {
  const rows = run.rebalancing.map((wanted) => [
    moment(wanted.asOf),
    wanted.portfolioId,
    wanted.reason,
    String(wanted.trades.length),
    percent(wanted.turnover),
  ]);
  const executed = desk
    .filter(isExecution)
    .map((record) => `  executed ${moment(record.action.at)}: ${record.outcome}`);
  return [
    `Rebalancing asked for (${run.rebalancing.length})`,
    ...(rows.length === 0 ? [] : table([['at', 'portfolio', 'because of', 'trades', 'turnover'], ...rows])),
    ...executed,
  ];
}

function isExecution({ action }: DeskRecord): boolean {
  return action.do === 'executeRebalancing' || action.do === 'sell';
}

/** Where each portfolio stands at the end. */
export function endSection({ run }: ReplayResult): string[] {
  const last = new Map(run.snapshots.map((snapshot) => [snapshot.portfolioId, snapshot]));
  const first = new Map([...run.snapshots].reverse().map((snapshot) => [snapshot.portfolioId, snapshot]));
  const rows = [...last]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([portfolioId, { nav, metrics }]) => [
      portfolioId,
      whole(first.get(portfolioId)?.nav ?? 0),
      whole(nav),
      percent(metrics.volatilityAnnual),
      percent(metrics.var),
      percent(metrics.es),
      percent(metrics.trackingErrorAnnual ?? 0),
      percent(metrics.cash),
    ]);
  const head = ['portfolio', 'NAV first', 'NAV last', 'volatility', 'VaR', 'ES', 'tracking error', 'cash'];
  return ['Portfolios', ...table([head, ...rows])];
}

function nameOf(nodeId: string): string {
  return nodeId.replace(/^strategy:/, '');
}
