import type { Envelope } from '@risk-budget/contracts';
import type { LoggedMessage } from '../src/events/run-events.js';
import type { RestFindings } from '../src/inputs/rest-findings.js';
import type { Fault } from '../src/inputs/script-files.js';
import type { Check } from '../src/report.js';
import { everything, verify, type VerifiedPart } from '../src/verify.js';
import { corrupted, run } from './corrupted.js';

type Data = Record<string, unknown>;

/** What a verification looks at. */
interface Told {
  readonly messages: readonly LoggedMessage[];
  readonly rest: RestFindings;
  readonly faults: readonly Fault[];
}

const right: Told = { messages: run.messages, rest: run.rest, faults: run.inputs.faults };

/** A run with the value at a path of one message replaced. Fails where nothing stands there. */
function wrong(topic: string, nth: number, type: string, path: string, change: (value: unknown) => unknown): Told {
  let done = false;
  const messages = corrupted(topic, nth, (envelope) => (done = replaceAt(envelope, path, change)), type);
  if (!done) throw new Error(`nothing of ${type} stands at ${path}`);
  return { ...right, messages };
}

function replaceAt(envelope: Envelope & { data: Data }, path: string, change: (value: unknown) => unknown): boolean {
  const names = path.split('.');
  const last = names.pop() ?? '';
  let place: unknown = envelope.data;
  for (const name of names) place = (place as Data | undefined)?.[name];
  const parent = place as Data | undefined;
  if (parent?.[last] === undefined) return false;
  parent[last] = change(parent[last]);
  return true;
}

/** Shortly beside it. */
const off = (value: unknown): number => (value as number) * (1 + 1e-6);
const another =
  (value: unknown): (() => unknown) =>
  () =>
    value;

const without = (lost: (message: LoggedMessage & { readonly nth: number }) => boolean): Told => {
  const counts = new Map<string, number>();
  const messages = run.messages.filter((message) => {
    const nth = counts.get(message.topic) ?? 0;
    counts.set(message.topic, nth + 1);
    return !lost({ ...message, nth });
  });
  if (messages.length === run.messages.length) throw new Error('nothing was left out');
  return { ...right, messages };
};

/** Other answers over REST. */
const answered = (rest: Partial<RestFindings>): Told => ({ ...right, rest: { ...run.rest, ...rest } });
const accuracyOff = (of: string, figure: 'meanQlike' | 'meanSquaredError' | 'meanLogScore'): Told =>
  answered({
    accuracies: run.rest.accuracies.map((one) =>
      one.of === of ? { ...one, methods: one.methods.map((by) => ({ ...by, [figure]: off(by[figure]) })) } : one,
    ),
  });

const forecasting = 'events/forecasting.forecasts';
const forecast = (path: string, change: (value: unknown) => unknown, nth = 0) =>
  wrong(forecasting, nth, 'forecast.made.v1', path, change);
const correlations = (path: string, change: (value: unknown) => unknown) =>
  wrong(forecasting, 1, 'forecast.correlations-made.v1', path, change);
const regime = (path: string, change: (value: unknown) => unknown) =>
  wrong('events/forecasting.regimes', 2, 'regime.estimated.v1', path, change);
const model = (path: string, change: (value: unknown) => unknown) =>
  wrong('events/forecasting.risk-models', 1, 'risk-model.published.v1', path, change);
const snapshot = (path: string, change: (value: unknown) => unknown, nth = 2) =>
  wrong('events/utilization.snapshots', nth, 'utilization.snapshot-taken.v1', path, change);
const stress = (path: string, change: (value: unknown) => unknown) =>
  wrong('events/stress.results', 1, 'stress.run-completed.v1', path, change);
const plan = (path: string, change: (value: unknown) => unknown, nth = 0) =>
  wrong('events/allocation.budgets', nth, 'budget-plan.changed.v1', path, change);
const breach = (nth: number, path: string, change: (value: unknown) => unknown) =>
  wrong('events/limits.breaches', nth, 'limit-breach.changed.v1', path, change);
const explained = (nth: number, path: string, change: (value: unknown) => unknown) =>
  wrong('events/attribution.results', nth, 'attribution.change-explained.v1', path, change);
const chance = (path: string, change: (value: unknown) => unknown) =>
  wrong('events/forecasting.breach-probabilities', 0, 'breach-probabilities.estimated.v1', path, change);
const limit = (path: string, change: (value: unknown) => unknown) =>
  wrong('events/limits.definitions', 0, 'limit.defined.v1', path, change);

const [service] = run.rest.services;
const [backtest] = run.rest.backtests;
const [risk] = run.rest.risk;
if (service === undefined || backtest === undefined || risk === undefined) throw new Error('nobody was asked');
const days = [...run.inputs.closes.keys()].slice(-4);
const [first = '', second = '', third = '', fourth = ''] = days;

/** The id that the first event of a topic has under a name. */
const firstId = (topic: string, name: string): string => {
  const payload = run.messages.find((message) => message.topic === topic)?.payload ?? '{}';
  return String((JSON.parse(payload) as { data: Data }).data[name]);
};
const nobody = '00000000-0000-4000-8000-000000000000';

/** For every check one run that it must find wrong, though everything else that it needs is there. */
const cases: Readonly<Record<string, () => Told>> = {
  'messages fit their envelope and schema': () => snapshot('nav', another('much')),
  'sequences without gaps per topic and key': () =>
    without(({ topic, nth }) => topic === 'events/utilization.snapshots' && nth === 1),
  'messages in order per topic and key, except those planted': () => {
    const [one, two] = run.messages.flatMap(({ topic }, at) => (topic === 'events/utilization.snapshots' ? [at] : []));
    const messages = [...run.messages];
    const [earlier, later] = [messages[one ?? -1], messages[two ?? -1]];
    if (earlier === undefined || later === undefined) throw new Error('there are no two snapshots');
    messages.splice(one ?? 0, 1, later);
    messages.splice(two ?? 0, 1, earlier);
    return { ...right, messages };
  },
  'everything published is on its topic, and settled by everybody who reads it': () =>
    without(({ topic, nth }) => topic === 'events/utilization.snapshots' && nth === 5),
  'bars on the topic are those of the input files with what is planted': () =>
    wrong('upstream/market-data.bars', 39, 'bars.published.v1', 'bars.0.close', another('100.5')),
  'risk models: covariances, shrinkage, window, proxies and holes': () => model('rows.2.covariances.1', off),
  'a risk model of every portfolio on every day': () =>
    without(({ topic, nth }) => topic === 'events/forecasting.risk-models' && nth === 2),
  'GARCH and GJR: the likelihood published, and none higher nearby': () =>
    forecast('forecasts.0.fit.garch.logLikelihood', off),
  'forecasts by EWMA, GARCH, GJR and HAR from what was known at the time': () =>
    forecast('forecasts.0.volatilities.0.variance', off),
  'forecasts scored once: realised variance, QLIKE and squared error': () =>
    wrong(forecasting, 1, 'forecast.scored.v1', 'scored.0.realisedVariance', off),
  'predictions from outside by their rule from past closes: none missing, none invented': () =>
    wrong('upstream/predictions', 1, 'prediction.made.v1', 'forecast.variance', off),
  'predictions from outside scored once beside ours, when their horizon has passed': () =>
    wrong(forecasting, 2, 'forecast.scored.v1', 'scored.0.scores', (scores) =>
      (scores as Data[]).filter(({ method }) => method !== 'outlook'),
    ),
  'forecasts combined by inverse past loss, from the scores published before': () =>
    forecast('forecasts.0.volatilities', (all) =>
      (all as Data[]).map((one) =>
        one['method'] === 'combination' ? { ...one, variance: off(one['variance']) } : one,
      ),
    ),
  'champions change when the policy says so, by the scores published, and only then': () =>
    answered({
      forecastPolicies: run.rest.forecastPolicies.map((one) => ({
        ...one,
        champion: { minimumObservations: 2, margin: -9, dwellDays: 1 },
      })),
    }),
  'every forecast names the champion in force': () => forecast('forecasts.0.champion', another('garch')),
  'accuracy of volatility: mean losses, Mincer–Zarnowitz, Diebold–Mariano and coverage': () =>
    accuracyOff('volatility', 'meanQlike'),
  'accuracy of correlations: mean losses and Diebold–Mariano': () => accuracyOff('correlations', 'meanSquaredError'),
  'accuracy of regimes: mean logarithmic score and Diebold–Mariano': () => accuracyOff('regimes', 'meanLogScore'),
  'correlations by EWMA and DCC from what was known at the time, on the run’s variances': () =>
    correlations('matrices.0.correlations.0', off),
  'correlations: every method over every horizon; parameters stand still between two fits': () =>
    correlations('matrices', (all) => (all as Data[]).slice(1)),
  'correlations scored once: QLIKE and squared error of the covariances': () =>
    wrong(forecasting, 0, 'forecast.correlations-scored.v1', 'scored.0.scores.0.qlike', off),
  'regimes: probabilities filtered with the parameters published, and their forecasts': () =>
    regime('states.0.probability', off),
  'regimes: ordered by variance; parameters stand still between two fits': () =>
    regime('states', (states) => [...(states as Data[])].reverse()),
  'forecasts of regimes scored once: the density that they gave to the return of their day': () =>
    wrong(forecasting, 0, 'forecast.regimes-scored.v1', 'scored.0.scores.0.logScore', off),
  'value at risk of every close by every method, and the loss of the day after': () =>
    answered({ backtests: [{ ...backtest, days: backtest.days.slice(1) }] }),
  'value at risk: exceptions, Kupiec’s test and Basel’s zone': () => answered({ backtests: [] }),
  'snapshots: net asset value, marks, weights, staleness, lineage': () => snapshot('marks.0.price', off),
  'snapshots: volatility, VaR, ES, historical VaR and ES, tracking error, concentration': () =>
    snapshot('metrics.es', off),
  'snapshots: consumption and stand-alone risk of every node': () => snapshot('nodes.1.measures.0.standalone', off),
  'contributions of children sum to their parent': () => snapshot('nodes.1.measures.0.consumption', off),
  'snapshots of a portfolio numbered without gaps, in the order of business time': () =>
    snapshot('sequence', another(7)),
  'stress: loss, worst point, worst day and ten days of every episode, from the closes': () =>
    stress('results.0.loss', off),
  'stress: loss of every node in every episode; children sum to their parent': () => stress('nodes.1.losses.0', off),
  'stress: every episode that was over by then, none from the future': () =>
    stress('results.0.scenarioId', another('to-come')),
  'stress: one run of every portfolio on every day': () =>
    without(({ topic, nth }) => topic === 'events/stress.results' && nth === 1),
  'scenarios of the desk: loss of every node, the rest by its expectation given the shocks': () =>
    answered({ scenarios: run.rest.scenarios.map((one) => ({ ...one, shocks: one.shocks.slice(0, 1) })) }),
  'scenarios of the desk: approved by another, in every daily run from then on and none before': () =>
    answered({ scenarios: run.rest.scenarios.map((one) => ({ ...one, approvedBy: one.proposedBy })) }),
  'stress on request: sensitivities, and the most plausible loss with its distance': () =>
    answered({ stressAnswers: [] }),
  'stress on request: the tail beyond its threshold, no parameters nearby likelier': () =>
    answered({ stressAnswers: run.rest.stressAnswers.map((one) => ({ ...one, tail: null })) }),
  'stress on request: simulated losses within what chance allows, nodes that sum': () =>
    answered({ stressAnswers: run.rest.stressAnswers.map((one) => ({ ...one, nodes: one.nodes.slice(1) })) }),
  'snapshots: budget, utilization, headroom and state of every node': () =>
    snapshot('nodes.0.measures.0.budget', another(0.1)),
  'budget reports: budget, use and shares of every node, now and in the past': () => answered({ budgetReports: [] }),
  'plans: children within their parents, target consumption at target weights': () =>
    plan('trees.0.nodes', (nodes) => {
      const child = { nodeId: 'strategy:growth', parentId: 'portfolio', kind: 'strategy', share: 1 };
      return [...(nodes as Data[]), { ...child, budget: 0.2001, targetConsumption: 0.2001 }];
    }),
  'plans: budgeting accuracy as stated, and at least 0.9999': () =>
    // Its targets can be recomputed, and it has stated nothing.
    plan('modelId', another(firstId('events/forecasting.risk-models', 'modelId'))),
  'budget adjustments by the rules, from the forecasts they name: none missing, none invented': () =>
    plan('adjustment.factor', another(0.7), 1),
  'budget adjustments: budgets, targets and the part for limits': () => plan('trees.0.total', off, 1),
  'rebalancing asked for when a weight leaves its band or targets change, and only then': () =>
    without(({ topic, nth }) => topic === 'events/allocation.rebalancing' && nth === 0),
  'rebalancing: whole trades that bring every weight to its target, prices and turnover': () =>
    wrong('events/allocation.rebalancing', 0, 'rebalancing.wanted.v1', 'turnover', off),
  'breaches opened and resolved: none missing, none invented': () => breach(0, 'value', off),
  'breaches: legal transitions, waivers and deadlines to the instant': () =>
    breach(2, 'at', (at) => (at as string).replace('T18:30', 'T19:30')),
  'every escalation has told somebody': () => without(({ topic }) => topic === 'events/limits.notifications'),
  'the cases that the script is made to show': () => breach(0, 'severity', another('hard')),
  'breach probabilities: none falls over a longer horizon, those of what is broken are 1': () =>
    chance('limits.1.probabilities.1.probability', another(0.1)),
  'breach probabilities: Brier score and reliability table, by the breaches published': () =>
    chance('limits.1.probabilities.0.probability', another(0.1)),
  'one explanation for every breach that opened or worsened, none invented': () =>
    without(({ topic, nth }) => topic === 'events/attribution.results' && nth === 0),
  'explained breaches start at the last snapshot in which the limit held': () =>
    explained(0, 'toSnapshotId', another(nobody)),
  'explained changes: figures and budgets at both snapshots': () => explained(0, 'to', off),
  'explained changes: effects sum to the change, parts to the whole, to rounding': () =>
    explained(2, 'effects.0.value', (value) => (value as number) + 1e-6),
  'explained days: from close to close, without a gap': () =>
    explained(2, 'toSnapshotId', another(firstId('events/utilization.snapshots', 'snapshotId'))),
  'explained changes: the Shapley effect of every source, on the whole and on its parts': () =>
    explained(2, 'effects.0.value', (value) => (value as number) + 1e-6),
  'pre-trade: every limit before and after the trades, none left out': () =>
    answered({ preTrades: run.rest.preTrades.map((one) => ({ ...one, limits: one.limits.slice(1) })) }),
  'pre-trade: refused where a hard limit is broken or worsened, as the script expects': () =>
    answered({ preTrades: [] }),
  'what-if: every figure of the portfolio and its nodes before and after the trades': () => answered({ whatIfs: [] }),
  'four eyes on limits, plans and waivers': () => limit('approvedBy', another('rita')),
  'risk by REST: contributions sum to the total by every dimension and measure': () => answered({ risk: [] }),
  'risk by REST: contribution and stand-alone risk of every line': () =>
    answered({ risk: [{ ...risk, lines: risk.lines.slice(1) }] }),
  'performance: the return of every day, stated or own, and effects that sum to the active return': () =>
    answered({ performance: [] }),
  'no unpublished outbox row, no unfinished inbox row, no parked key, no dead letter': () =>
    answered({ services: [{ ...service, unpublished: 1 }] }),
  'audit chains by their route and hash by hash': () =>
    answered({
      services: [{ ...service, auditChains: [{ chain: 'CORE', valid: false, length: 0, head: '', entries: [] }] }],
    }),
  'checkSnapshots could not be made': () => snapshot('lineage.modelId', another(nobody)),
};

/** Planted, it is said; yet the run knows nothing of it. */
const faults: Readonly<Record<Fault['fault'], Fault>> = {
  split: {
    ...{ fault: 'split', id: 'split', instrumentId: 'AAA', ratio: '4', positions: 'before' },
    ...{ exDate: second, announcedAt: `${first}T15:00:00.000Z` },
  },
  duplicate: { fault: 'duplicate', id: 'duplicate', topic: 'market-data.bars', date: second },
  outOfOrder: {
    ...{ fault: 'outOfOrder', id: 'outOfOrder', portfolioId: 'CORE', strategy: 'growth', instrumentId: 'BBB' },
    ...{ date: third, quantityChanges: ['-1500', '-500'] },
  },
  noHistory: {
    ...{ fault: 'noHistory', id: 'noHistory', portfolioId: 'CORE', strategy: 'growth', instrumentId: 'CCC' },
    ...{ sector: 'Paper', prices: 'none', firstDay: first, boughtOn: second, boughtAt: '21:05:00.000Z', quantity: '1' },
  },
  stale: { fault: 'stale', id: 'stale', instrumentId: 'AAA', from: second, to: third },
  correction: {
    ...{ fault: 'correction', id: 'correction', instrumentId: 'AAA', wrongFactor: '1.1' },
    ...{ date: second, correctedAt: `${fourth}T20:00:00.000Z` },
  },
  refused: {
    ...{ fault: 'refused', id: 'refused', portfolio: { portfolioId: 'LATE' } },
    ...{ statedAt: `${second}T21:05:00.000Z`, definedAt: `${third}T15:00:00.000Z` },
  },
};

const checksOf = ({ messages, rest, faults }: Told, parts?: readonly VerifiedPart[]): readonly Check[] =>
  verify({ ...run.inputs, faults }, messages, rest, parts).checks;

/** The part that makes a check. */
const partOf = new Map(everything.flatMap((part) => checksOf(right, [part]).map(({ name }) => [name, part] as const)));

describe('each check of the verification', () => {
  it('has a run that it must find wrong, and every such run its check', () => {
    const listed = Object.keys(cases).filter((name) => !name.endsWith('could not be made'));
    expect(listed.sort()).toEqual([...partOf.keys()].sort());
  });

  it.each(Object.entries(cases))('fails where it must: %s', (name, told) => {
    const part = partOf.get(name);
    const failed = checksOf(told(), part && [part]).filter((check) => check.failed > 0);
    expect(failed.map((check) => check.name)).toContain(name);
  });

  it.each(Object.values(faults))('fails on a planted fault that nobody has seen: $fault', (fault) => {
    const [check] = checksOf({ ...right, faults: [fault] }, ['faults']);
    expect(check?.name).toBe(`planted fault ${fault.id}`);
    expect(check?.failures.join('\n')).not.toBe('');
  });
});
