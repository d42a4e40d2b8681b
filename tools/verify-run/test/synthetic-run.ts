import { randomUUID } from 'node:crypto';
import {
  barsPublished,
  benchmarkStated,
  breachChanged,
  changeExplained,
  clockReached,
  defaultRiskPolicy,
  instrumentDefined,
  limitDefined,
  notificationSent,
  portfolioDefined,
  positionsChanged,
  positionsStated,
  riskModelPublished,
  snapshotTaken,
  stressRunCompleted,
  topicPath,
  type Breach,
  type EventDefinition,
  type LimitDefinition,
  type RiskModel,
  type RiskPolicy,
  type UtilizationSnapshot,
} from '@risk-budget/contracts';
import { contextOf } from '../src/checks/context.js';
import { ownEpisodeLoss } from '../src/evaluation/own-episode.js';
import { OwnPortfolios } from '../src/evaluation/own-portfolio.js';
import { RunEvents, type LoggedMessage } from '../src/events/run-events.js';
import type { RestFindings, RiskFinding } from '../src/inputs/rest-findings.js';
import type { RunInputs } from '../src/inputs/script-files.js';
import { ownReturns } from '../src/market/own-returns.js';
import { ledoitWolfConstantCorrelation } from '../src/numerics/shrinkage.js';
import { sectors, snapshotOf } from './synthetic-snapshot.js';

/** A small run that is right: three names, four days, one soft breach that is escalated and waived, one hard one that is remediated. */
export interface SyntheticRun {
  readonly inputs: RunInputs;
  readonly messages: LoggedMessage[];
  readonly rest: RestFindings;
}

const portfolioId = 'CORE';
const names = ['AAA', 'BBB', 'CCC', 'IDX'];
const policy: RiskPolicy = {
  ...defaultRiskPolicy,
  model: { method: 'ledoitWolf', target: 'constantCorrelation', windowDays: 30 },
  historicalWindowDays: 30,
  minimumHistoryDays: 10,
};

/** Weekdays from 2019-11-18 on. */
function weekdays(count: number): string[] {
  const days: string[] = [];
  for (let time = Date.parse('2019-11-18'); days.length < count; time += 86_400_000) {
    const date = new Date(time);
    if (date.getUTCDay() % 6 !== 0) days.push(date.toISOString().slice(0, 10));
  }
  return days;
}

export function syntheticRun(): SyntheticRun {
  const days = weekdays(40);
  const closes = new Map(
    days.map((day, t) => [
      day,
      new Map(names.map((name, i) => [name, (100 + 10 * i + 3 * Math.sin(t * (1.1 + i) + i) + t / 10).toFixed(3)])),
    ]),
  );
  const [historyEnd = '', ...replayed] = days.slice(-5);
  const inputs: RunInputs = {
    world: {
      firstDay: replayed[0] ?? '',
      lastDay: replayed.at(-1) ?? '',
      historyEnd,
      closeTime: '21:00:00.000Z',
      modelTime: '21:30:00.000Z',
      stressTime: '21:45:00.000Z',
      portfolios: [],
    },
    faults: [],
    closes,
    episodes: [
      { scenarioId: 'before-all-prices', start: '2010-01-04', end: '2010-03-05' },
      { scenarioId: 'fall', start: days[4] ?? '', end: days[20] ?? '' },
      { scenarioId: 'to-come', start: days[20] ?? '', end: days[39] ?? '' },
    ],
  };
  const run = new Run(inputs);
  run.history(days.filter((day) => day <= historyEnd));
  run.model(`${historyEnd}T21:30:00.000Z`);
  run.limits(`${historyEnd}T21:40:00.000Z`);
  const [first = '', second = '', third = '', fourth = ''] = replayed;
  run.close(first);
  const opened = run.snapshot(`${first}T21:00:00.000Z`, 'price');
  const soft = run.breach(opened, 'aaa-weight', 'soft', 'instrument:AAA', 0.3);
  const hard = run.breach(opened, 'bbb-weight', 'hard', 'instrument:BBB', 0.35);
  run.step(soft, 'opened', {});
  run.step(hard, 'opened', {});
  run.model(`${first}T21:30:00.000Z`);
  run.snapshot(`${first}T21:30:00.000Z`, 'model');
  run.stress(`${first}T21:45:00.000Z`);
  const escalated = (hours: number, step: number) => ({
    escalationStep: step,
    reason: `Not acknowledged within ${hours} business hours.`,
  });
  run.step(soft, 'escalated', { at: `${second}T18:30:00.000Z`, ...escalated(4, 1) });
  run.close(second);
  const closed = run.snapshot(`${second}T21:00:00.000Z`, 'price');
  run.model(`${second}T21:30:00.000Z`);
  run.stress(`${second}T21:45:00.000Z`);
  run.explainDay(`${second}T22:00:00.000Z`, opened, closed);
  run.step(soft, 'escalated', { at: `${third}T18:00:00.000Z`, ...escalated(10, 2) });
  run.step(soft, 'acknowledged', { at: `${third}T18:10:00.000Z`, state: 'acknowledged', by: 'rita' });
  const expiry = `${third}T20:00:00.000Z`;
  run.step(soft, 'waived', { at: `${third}T18:20:00.000Z`, state: 'waived', by: 'anna', waiverExpiresAt: expiry });
  run.step(soft, 'waiverExpired', { at: expiry, state: 'open', waiverExpiresAt: null, escalationStep: 0 });
  run.step(hard, 'acknowledged', { at: expiry, state: 'acknowledged', by: 'rita' });
  const remediation = { plan: 'sell half', dueAt: `${fourth}T21:00:00.000Z` };
  run.step(hard, 'remediationPlanned', { at: expiry, state: 'remediating', by: 'rita', remediation });
  run.close(third);
  run.snapshot(`${third}T21:00:00.000Z`, 'price');
  run.sell(`${third}T21:05:00.000Z`, 'BBB', 2000);
  const sold = run.snapshot(`${third}T21:05:00.000Z`, 'position');
  run.step(hard, 'resolved', { at: sold.asOf, state: 'resolved', ...run.standing(sold, 'instrument:BBB', hard) });
  run.model(`${third}T21:30:00.000Z`);
  run.stress(`${third}T21:45:00.000Z`);
  run.close(fourth);
  run.snapshot(`${fourth}T21:00:00.000Z`, 'price');
  run.model(`${fourth}T21:30:00.000Z`);
  run.stress(`${fourth}T21:45:00.000Z`);
  run.answerClock(`${fourth}T21:30:00.000Z`);
  const services = [
    { service: 'limits', unpublished: 0, unfinished: 0, parkedKeys: 0, deadLetters: 0, auditChains: [] },
  ];
  return { inputs, messages: run.messages, rest: { services, risk: [run.risk()] } };
}

class Run {
  readonly messages: LoggedMessage[] = [];
  private readonly sequences = new Map<string, number>();
  private readonly latest = new Map<string, UtilizationSnapshot>();
  private modelId = '';
  private causeId = '';
  private snapshots = 0;
  private wall = Date.parse('2026-01-01T00:00:00.000Z');

  constructor(private readonly inputs: RunInputs) {}

  history(days: readonly string[]): void {
    const close = `${this.inputs.world.historyEnd}T21:00:00.000Z`;
    for (const instrumentId of names) {
      const sector = sectors[instrumentId];
      this.publish(instrumentDefined, '/upstream/instrument-analysis', '2019-11-18T12:00:00.000Z', {
        instrumentId,
        name: instrumentId,
        assetClass: sector === undefined ? 'index' : 'equity',
        currency: 'USD',
        ...(sector === undefined ? {} : { sector }),
        staleAfterDays: 4,
        contractMultiplier: '1',
      });
    }
    this.publish(benchmarkStated, '/upstream/portfolio-state', close, {
      kind: 'series',
      benchmarkId: 'IDX',
      instrumentId: 'IDX',
    });
    for (const day of days) this.close(day);
    this.publish(portfolioDefined, '/upstream/portfolio-state', close, {
      portfolioId,
      name: 'Core',
      baseCurrency: 'USD',
      benchmarkId: 'IDX',
      calendar: 'XNYS',
      groups: [],
    });
    this.publish(positionsStated, '/upstream/portfolio-state', close, {
      portfolioId,
      asOf: close,
      sequence: 1,
      positions: [
        { strategy: 'growth', instrumentId: 'AAA', quantity: '4000' },
        { strategy: 'growth', instrumentId: 'BBB', quantity: '4000' },
        { strategy: 'value', instrumentId: 'CCC', quantity: '1000' },
      ],
      cash: [{ currency: 'USD', amount: '50000' }],
    });
  }

  close(day: string): void {
    const time = `${day}T21:00:00.000Z`;
    const bars = [...(this.inputs.closes.get(day) ?? [])].map(([instrumentId, close]) => ({
      instrumentId,
      time,
      close,
      adjustmentFactor: '1',
    }));
    this.publish(barsPublished, '/upstream/market-data', time, { feed: 'close', interval: 'P1D', bars });
  }

  sell(asOf: string, instrumentId: string, quantity: number): void {
    const price = Number(this.inputs.closes.get(asOf.slice(0, 10))?.get(instrumentId));
    this.publish(positionsChanged, '/upstream/portfolio-state', asOf, {
      portfolioId,
      asOf,
      sequence: 2,
      changes: [{ strategy: 'growth', instrumentId, quantityChange: String(-quantity) }],
      cashChanges: [{ currency: 'USD', amount: (quantity * price).toFixed(3) }],
    });
  }

  model(knownAt: string): void {
    const { market } = this.context();
    const returns = ownReturns(market, { instrumentIds: names, end: knownAt, days: 30, minimumHistory: 10 });
    const { covariance, shrinkage } = ledoitWolfConstantCorrelation(returns.values);
    this.modelId = randomUUID();
    const model: RiskModel = {
      modelId: this.modelId,
      portfolioId,
      policy,
      form: 'covariance',
      asOf: `${returns.dates.at(-1) ?? ''}T21:00:00.000Z`,
      knownAt,
      windowStart: returns.startDate,
      windowEnd: returns.dates.at(-1) ?? '',
      observations: returns.dates.length,
      shrinkage,
      conditionNumber: null,
      repairs: [],
      holes: [],
      codeVersion: 'test',
      rows: names.map((instrumentId, i) => ({
        instrumentId,
        covariances: (covariance[i] ?? []).slice(0, i + 1),
        observations: returns.dates.length,
      })),
    };
    this.publish(riskModelPublished, '/risk-budget/forecasting', knownAt, model);
  }

  limits(at: string): void {
    const common = {
      portfolioId,
      measure: 'weight' as const,
      direction: 'upper' as const,
      hysteresis: 0.02,
      effectiveFrom: '2019-11-01T00:00:00.000Z',
      version: 1,
      status: 'active' as const,
      proposedBy: 'rita',
      approvedBy: 'anna',
    };
    const define = (limitId: string, instrumentId: string, value: number, severity: LimitDefinition['severity']) =>
      this.publish(limitDefined, '/risk-budget/limits', at, {
        ...common,
        limitId,
        name: limitId,
        severity,
        scope: { level: 'instrument', instrumentId },
        bound: { kind: 'absolute', value },
      });
    define('aaa-weight', 'AAA', 0.3, 'soft');
    define('bbb-weight', 'BBB', 0.35, 'hard');
  }

  snapshot(asOf: string, cause: UtilizationSnapshot['cause']): UtilizationSnapshot {
    const bare = {
      snapshotId: randomUUID(),
      portfolioId,
      sequence: ++this.snapshots,
      asOf,
      cause,
      causeId: this.causeId,
      lineage: { modelId: this.modelId, policy },
    };
    const own = new OwnPortfolios(this.context()).at(bare as UtilizationSnapshot, '9999');
    const data = snapshotOf(bare, own);
    this.latest.set(portfolioId, data);
    this.publish(snapshotTaken, '/risk-budget/utilization', asOf, data);
    return data;
  }

  /** Episodes that were over by then; before all prices there is no figure. */
  stress(asOf: string): void {
    const context = this.context();
    const own = new OwnPortfolios(context).holdings(portfolioId, asOf, '9999');
    const over = this.inputs.episodes.filter((episode) => episode.end < asOf.slice(0, 10));
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
    this.publish(stressRunCompleted, '/risk-budget/stress', asOf, {
      runId: randomUUID(),
      portfolioId,
      asOf,
      cause: 'schedule',
      state: 'incomplete',
      includesLater: false,
      leftOut: this.inputs.episodes
        .filter((episode) => !over.includes(episode))
        .map(({ scenarioId, end }) => ({ scenarioId, knownFrom: end })),
      problems: over
        .filter(({ scenarioId }) => figures.every((figure) => figure.scenarioId !== scenarioId))
        .map(({ scenarioId }) => ({ scenarioId, code: 'STRESS.NO_HISTORY', detail: 'no prices' })),
      nav: own.nav,
      lineage: {
        positionSequence: own.positionSequence,
        priceTime: asOf,
        modelId: this.modelId,
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

  breach(
    opened: UtilizationSnapshot,
    limitId: string,
    severity: Breach['severity'],
    nodeId: string,
    bound: number,
  ): Breach {
    const value = opened.nodes.find((node) => node.nodeId === nodeId)?.weight ?? 0;
    return {
      breachId: randomUUID(),
      portfolioId,
      limitId,
      limitVersion: 1,
      severity,
      transition: 'opened',
      state: 'open',
      nature: 'passive',
      at: opened.asOf,
      openedAt: opened.asOf,
      snapshotId: opened.snapshotId,
      value,
      bound,
      worstValue: value,
      nodeId,
      escalationStep: 0,
      by: null,
      reason: null,
      waiverExpiresAt: null,
      remediation: null,
    };
  }

  /** A transition of a breach: what it was, with the changes. */
  step(breach: Breach, transition: Breach['transition'], changes: Partial<Breach>): void {
    const worst = Math.max(breach.worstValue, ...this.weights(breach));
    Object.assign(breach, { ...changes, transition, worstValue: worst });
    this.publish(breachChanged, '/risk-budget/limits', breach.at, { ...breach });
    if (transition === 'opened') this.explain(breach);
    if (transition !== 'escalated') return;
    this.publish(notificationSent, '/risk-budget/limits', breach.at, {
      notificationId: randomUUID(),
      portfolioId,
      breachId: breach.breachId,
      at: breach.at,
      channel: 'log',
      recipient: 'riskManager',
      subject: breach.limitId,
      body: breach.limitId,
      escalationStep: breach.escalationStep,
      attempt: 1,
      outcome: 'sent',
    });
  }

  /** Of limits that never held: there is nothing to compare with. */
  private explain({ breachId, limitId, at, nodeId, snapshotId, value }: Breach): void {
    this.publish(changeExplained, '/risk-budget/attribution', at, {
      explanationId: randomUUID(),
      ...{ portfolioId, cause: 'breach', breachId, limitId, transition: 'opened', asOf: at, measure: 'weight', nodeId },
      ...{ quantity: 'figure', fromSnapshotId: null, fromAsOf: null, from: null, budgetFrom: null },
      ...{ toSnapshotId: snapshotId, toAsOf: at, to: value, budgetTo: null },
      ...{ effects: [], contributors: [], nodes: [], codeVersion: 'test' },
    });
  }

  /** Prices and volatilities half each, for no check splits a change itself. */
  explainDay(asOf: string, before: UtilizationSnapshot, after: UtilizationSnapshot): void {
    const [from, to] = [before.metrics.volatilityAnnual, after.metrics.volatilityAnnual];
    const effects = (['prices', 'volatilities'] as const).map((effect) => ({ effect, value: (to - from) / 2 }));
    this.publish(changeExplained, '/risk-budget/attribution', asOf, {
      explanationId: randomUUID(),
      ...{ portfolioId, cause: 'schedule', breachId: null, limitId: null, transition: null, asOf },
      ...{ measure: 'volatility', nodeId: 'portfolio', quantity: 'consumption' },
      ...{ fromSnapshotId: before.snapshotId, fromAsOf: before.asOf, from, budgetFrom: null },
      ...{ toSnapshotId: after.snapshotId, toAsOf: after.asOf, to, budgetTo: null, effects },
      nodes: [{ nodeId: 'portfolio', parentId: null, from, to, effects }],
      ...{ contributors: [], codeVersion: 'test' },
    });
  }

  standing(snapshot: UtilizationSnapshot, nodeId: string, breach: Breach): Partial<Breach> {
    const value = snapshot.nodes.find((node) => node.nodeId === nodeId)?.weight ?? 0;
    return { value, snapshotId: snapshot.snapshotId, bound: breach.bound };
  }

  /** The latest volatility by strategy, as attribution would tell it. */
  risk(): RiskFinding {
    const events = new RunEvents(this.messages).of(snapshotTaken);
    const last = events.at(-1);
    if (last === undefined) throw new Error('no snapshot was taken');
    const { nodes, totals } = new OwnPortfolios(this.context()).at(last.data, last.publishedAt).evaluation;
    const total = totals.volatility ?? 0;
    const strategies = [...nodes.values()].filter(({ nodeId }) => nodeId.startsWith('strategy:'));
    return {
      ...{ portfolioId, measure: 'volatility', by: 'strategy', snapshotId: last.data.snapshotId, total },
      lines: strategies.map(({ nodeId, consumption: { volatility = 0 }, standalone, gross }) => ({
        ...{ name: nodeId.slice('strategy:'.length), kind: 'strategy', component: volatility },
        percentage: volatility / total,
        standalone: standalone.volatility ?? 0,
        xSigmaRho: {
          exposure: gross,
          deviation: (standalone.volatility ?? 0) / gross,
          correlation: volatility / (standalone.volatility ?? 1),
        },
      })),
    };
  }

  answerClock(time: string): void {
    const events = new RunEvents(this.messages);
    const published = Object.fromEntries(
      [snapshotTaken, breachChanged].map((definition) => [
        definition.topic.name,
        events.of<unknown>(definition).length,
      ]),
    );
    const answer = (service: string, own: Record<string, number>, settled: Record<string, Record<string, number>>) =>
      this.publish(clockReached, `/risk-budget/${service}`, time, {
        service,
        instance: 'one',
        clockSequence: 1,
        clockTime: time,
        published: own,
        settled,
      });
    const snapshots = published[snapshotTaken.topic.name] ?? 0;
    answer('utilization', { [snapshotTaken.topic.name]: snapshots }, {});
    answer(
      'limits',
      { [breachChanged.topic.name]: published[breachChanged.topic.name] ?? 0 },
      { [snapshotTaken.topic.name]: { '/risk-budget/utilization': snapshots } },
    );
  }

  private weights({ nodeId, openedAt }: Breach): number[] {
    return new RunEvents(this.messages)
      .of(snapshotTaken)
      .filter(({ data }) => data.asOf >= openedAt)
      .map(({ data }) => data.nodes.find((node) => node.nodeId === nodeId)?.weight ?? 0);
  }

  private context() {
    return contextOf(this.inputs, new RunEvents(this.messages), { services: [], risk: [] });
  }

  private publish<Data>(definition: EventDefinition<Data>, source: string, time: string, data: Data): void {
    const key = definition.key(data);
    const topic = topicPath(definition.topic);
    const series = `${topic} ${source} ${key}`;
    const sequence = (this.sequences.get(series) ?? 0) + 1;
    this.sequences.set(series, sequence);
    this.wall += 10;
    this.causeId = randomUUID();
    const envelope = {
      specversion: '1.0',
      id: this.causeId,
      source,
      type: definition.type,
      subject: key,
      time,
      datacontenttype: 'application/json',
      sequence,
      recordedat: new Date(this.wall).toISOString(),
      correlationid: 'test',
      data,
    };
    this.messages.push({ topic, payload: JSON.stringify(envelope), publishedAt: envelope.recordedat });
  }
}
