import type { TopicDefinition, TopicKind, TopicOwner } from './event-definition.js';

/** Days that bars, rates and corporate actions are retained: longer than the longest model window, so that a new service catches up. */
const longRetentionDays = 3660;
const shortRetentionDays = 14;

function upstream(
  name: string,
  kind: TopicKind,
  keyedBy: string,
  description: string,
  retentionDays = shortRetentionDays,
): TopicDefinition {
  return { name, namespace: 'upstream', kind, owner: 'upstream', keyedBy, description, retentionDays };
}

function ours(
  owner: TopicOwner,
  name: string,
  kind: TopicKind,
  keyedBy: string,
  description: string,
  retentionDays = 400,
): TopicDefinition {
  return { name: `${owner}.${name}`, namespace: 'events', kind, owner, keyedBy, description, retentionDays };
}

/** The topic catalogue: the one truth about what is published, by whom, and how it is ordered. */
export const topics = {
  portfolios: upstream('portfolios', 'state', 'portfolioId', 'Portfolios: base currency, benchmark, calendar, groups'),
  positions: upstream('positions', 'state', 'portfolioId', 'Full position snapshots of a portfolio, with cash'),
  positionChanges: upstream(
    'position-changes',
    'flow',
    'portfolioId',
    'Trades between snapshots, in the same sequence',
    longRetentionDays,
  ),
  benchmarks: upstream('benchmarks', 'state', 'benchmarkId', 'Benchmark weights as of a day, or a price series'),
  instruments: upstream(
    'instruments',
    'state',
    'instrumentId',
    'Instruments: class, currency, sector, issuer, liquidity',
  ),
  bars: upstream('market-data.bars', 'flow', 'feed', 'Price bars, many a message', longRetentionDays),
  ticks: upstream('market-data.ticks', 'flow', 'instrumentId', 'Single prices during the day', 2),
  fxRates: upstream('fx-rates', 'flow', 'pair', 'Exchange rates', longRetentionDays),
  corporateActions: upstream('corporate-actions', 'flow', 'instrumentId', 'Splits and dividends', longRetentionDays),
  limitDefinitions: upstream(
    'limit-definitions',
    'flow',
    'portfolioId',
    'Limits wanted: proposals, approved like any other',
    400,
  ),
  predictions: upstream(
    'predictions',
    'flow',
    'subjectId',
    'Outside forecasts of volatility, return and regime, with their horizon',
    400,
  ),
  scenarios: upstream(
    'scenarios',
    'flow',
    'scenarioId',
    'Named shocks wanted in the scenario library: proposals, approved like any other',
    400,
  ),
  realisedReturns: upstream(
    'realised-returns',
    'flow',
    'portfolioId',
    'Returns of a portfolio’s parts over a day, beside those of its benchmark',
    longRetentionDays,
  ),
  clock: upstream('clock.advanced', 'flow', 'clock', 'Business time of a replay'),

  riskModels: ours(
    'forecasting',
    'risk-models',
    'state',
    'portfolioId',
    'The risk model that every service computes with, by id',
  ),
  forecasts: ours(
    'forecasting',
    'forecasts',
    'flow',
    'kind',
    'Volatility and correlation forecasts, their scores once the horizon has passed, and changes of the champion',
  ),
  regimes: ours('forecasting', 'regimes', 'flow', 'subjectId', 'Filtered regime probabilities and their forecasts'),
  breachProbabilities: ours(
    'forecasting',
    'breach-probabilities',
    'flow',
    'portfolioId',
    'The chance that each limit is broken within 1, 5 and 20 days',
  ),
  budgets: ours(
    'allocation',
    'budgets',
    'state',
    'portfolioId',
    'Budget plans with their risk policy, through their life; every event carries the plan in force',
  ),
  rebalancing: ours('allocation', 'rebalancing', 'flow', 'portfolioId', 'Trades wanted, with the reason'),
  snapshots: ours('utilization', 'snapshots', 'flow', 'portfolioId', 'Risk, consumption and utilization of every node'),
  alerts: ours('utilization', 'alerts', 'flow', 'portfolioId', 'A threshold crossed up or down; incomplete; stale'),
  limits: ours('limits', 'definitions', 'state', 'limitId', 'Approved limits, through their life'),
  breaches: ours('limits', 'breaches', 'flow', 'portfolioId', 'Breaches: every transition of their life'),
  notifications: ours('limits', 'notifications', 'flow', 'portfolioId', 'Who was told what, how and when'),
  stressResults: ours('stress', 'results', 'flow', 'portfolioId', 'Loss of a portfolio and its nodes under a scenario'),
  attributions: ours(
    'attribution',
    'results',
    'flow',
    'portfolioId',
    'What explains a change of risk or a breach, with an exact sum',
  ),
  auditAnchors: ours('platform', 'audit-anchors', 'flow', 'service', 'Heads of the audit chains, daily'),
  status: ours('platform', 'status', 'flow', 'service', 'A service started, became ready, parked a key, is stopping'),
  clockReached: {
    ...ours(
      'platform',
      'clock-reached',
      'flow',
      'service',
      'Events settled and published by a service, in answer to the clock',
    ),
    sentAgain: true,
  },
} as const satisfies Record<string, TopicDefinition>;

/** `<namespace>/<name>`: how a topic is named on every driver, below its tenant. */
export function topicPath(topic: TopicDefinition): string {
  return `${topic.namespace}/${topic.name}`;
}
