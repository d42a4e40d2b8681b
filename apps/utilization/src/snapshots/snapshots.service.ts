import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { snapshotTaken, type CodedError, type UtilizationSnapshot } from '@risk-budget/contracts';
import { ChangeLog, seenAt, type InputsBetween } from '@risk-budget/market-data';
import { Outbox } from '@risk-budget/messaging';
import { afterCommit, type Tx } from '@risk-budget/persistence';
import { TimerService } from '@risk-budget/service-kit';
import { detectAlerts, notEvaluable, type AlertFinding } from '../alerts/alert-detection.js';
import { AlertsService } from '../alerts/alerts.service.js';
import { TickFollower } from '../intraday/tick-follower.js';
import type { LimitSides } from '../limits/limit-watch.js';
import { WatchedLimitsRepository } from '../limits/watched-limits.repository.js';
import type { AssembledNodes } from '../nodes/node-assembly.js';
import type { NodeStates } from '../nodes/node-states.js';
import { CurrentPortfolios } from '../portfolios/current-portfolios.js';
import type { PortfolioState } from '../portfolios/portfolio-state.js';
import { PortfolioStateRepository } from '../portfolios/portfolio-state.repository.js';
import {
  evaluated,
  isNotEvaluable,
  PortfolioComputation,
  type Basis,
  type EvaluatedPortfolio,
} from './portfolio-computation.js';
import { assembleSnapshot, headlineOf, limitWatchOf, nodesOf } from './snapshot-assembly.js';
import { addMilliseconds, conflationMs, laterOf, type SnapshotEvent } from './snapshot-event.js';
import { isComplete } from './snapshot-figures.js';
import { SnapshotMetrics } from './snapshot-metrics.js';
import { SnapshotRepository } from './snapshot.repository.js';

/** Kind of the timer that tells of the last of some conflated ticks. */
export const conflationTimer = 'utilization.conflated-ticks';

/** What the timer remembers of the last conflated tick. */
export interface ConflatedTick {
  readonly causeId: string;
  readonly occurredAt: string;
}

/** What became of an event for one portfolio. */
export type SnapshotOutcome = 'taken' | 'conflated' | 'irrelevant' | 'notEvaluable';

/** An outcome, with the portfolio's row after it and what was evaluated. */
interface Taken {
  readonly outcome: SnapshotOutcome;
  readonly state: PortfolioState;
  readonly portfolio?: EvaluatedPortfolio;
}

/** Takes snapshots: one for each event and portfolio it concerns, inside the transaction in which the event is applied. */
@Injectable()
export class SnapshotsService {
  constructor(
    private readonly states: PortfolioStateRepository,
    private readonly snapshots: SnapshotRepository,
    private readonly computation: PortfolioComputation,
    private readonly alerts: AlertsService,
    private readonly limits: WatchedLimitsRepository,
    private readonly current: CurrentPortfolios,
    private readonly outbox: Outbox,
    private readonly timers: TimerService,
    private readonly changes: ChangeLog,
    private readonly metrics: SnapshotMetrics,
    private readonly follower: TickFollower,
  ) {}

  /**
   * Evaluates a portfolio after an event and writes the snapshot, its alerts and both kinds of events.
   *
   * The present state is what is evaluated: an event that comes late, or corrects the past, is told as of the last snapshot's moment,
   * and no earlier snapshot changes.
   */
  async take(tx: Tx, portfolioId: string, event: SnapshotEvent): Promise<SnapshotOutcome> {
    const taken = await this.takeFirst(tx, portfolioId, event);
    if (taken.outcome === 'conflated') await this.tellLater(tx, taken.state, event);
    return taken.outcome;
  }

  /**
   * What {@link take} makes of some ticks one after the other. As long as nothing but ticks is new in between, what the figures rest on is
   * read at the first and at the last of them; in between the portfolio is followed tick by tick, and evaluated where something may follow from one.
   */
  async takeTicks(tx: Tx, portfolioId: string, ticks: readonly SnapshotEvent[]): Promise<void> {
    const [first, ...others] = ticks;
    if (first === undefined) return;
    const { portfolio, ...start } = await this.takeFirst(tx, portfolioId, first);
    let { state } = start;
    let told = start.outcome === 'conflated' ? first : undefined;
    const between = portfolio === undefined ? undefined : await this.inputsAfter(tx, portfolio, ticks);
    if (portfolio === undefined || between === undefined) {
      if (told !== undefined) await this.tellLater(tx, state, told);
      for (const tick of others) await this.take(tx, portfolioId, tick);
      return;
    }
    const { plan } = portfolio;
    const to = laterOf(ticks.at(-1)?.occurredAt ?? '', portfolio.inputs.at.asOf);
    let quiet = await this.follower.follow(tx, portfolio, state, to);
    for (const tick of others) {
      const event = { ...tick, occurredAt: laterOf(tick.occurredAt, state.asOf) };
      const prices = between.advance(event.occurredAt);
      if (isTooSoon(state, event) && quiet?.areQuiet(prices) === true) {
        this.metrics.conflated.inc();
        told = tick;
        continue;
      }
      const taken = await this.recordEvaluable(tx, state, event, () => {
        const inputs = between.inputs();
        return { inputs, evaluation: evaluated(inputs), plan };
      });
      state = taken.state;
      if (taken.outcome === 'conflated') told = tick;
      if (taken.outcome === 'taken') told = undefined;
      quiet = taken.portfolio === undefined ? undefined : await this.follower.follow(tx, taken.portfolio, state, to);
    }
    if (told !== undefined) await this.tellLater(tx, state, told);
  }

  private async inputsAfter(
    tx: Tx,
    portfolio: EvaluatedPortfolio,
    ticks: readonly SnapshotEvent[],
  ): Promise<InputsBetween | undefined> {
    const from = portfolio.inputs.at.asOf;
    // As of the last snapshot at the earliest: late ticks are told of as of that moment.
    const moments = ticks.map(({ occurredAt }) => Date.parse(laterOf(occurredAt, from)));
    const inOrder = moments.every((moment, index) => index === 0 || moment >= (moments[index - 1] ?? moment));
    const last = ticks.at(-1);
    if (!inOrder || last === undefined || ticks.length === 1) return undefined;
    return this.computation.after(portfolio, laterOf(last.occurredAt, from), tx);
  }

  private async takeFirst(tx: Tx, portfolioId: string, event: SnapshotEvent): Promise<Taken> {
    const end = this.metrics.seconds.startTimer();
    try {
      const state = await this.states.lock(tx, portfolioId);
      if (event.onlyDescribes === true && state.snapshotId === null) return { outcome: 'irrelevant', state };
      // One look at what has changed serves the plan, the model and all that the figures rest on.
      return await this.changes.once(tx, () => this.takeFrom(tx, state, event));
    } finally {
      end();
    }
  }

  private async takeFrom(tx: Tx, state: PortfolioState, event: SnapshotEvent): Promise<Taken> {
    const { portfolioId } = state;
    const asOf = laterOf(event.occurredAt, state.asOf);
    const basis = await this.computation.basis(portfolioId, seenAt(asOf), tx);
    if (changesNothing(event, state, basis)) return { outcome: 'irrelevant', state };
    return this.recordEvaluable(tx, state, { ...event, occurredAt: asOf }, () =>
      this.computation.evaluate(portfolioId, seenAt(asOf), basis, tx),
    );
  }

  private async recordEvaluable(
    tx: Tx,
    state: PortfolioState,
    event: SnapshotEvent,
    evaluate: () => EvaluatedPortfolio | Promise<EvaluatedPortfolio>,
  ): Promise<Taken> {
    try {
      const portfolio = await evaluate();
      return { ...(await this.record(tx, state, event, portfolio)), portfolio };
    } catch (error) {
      if (!isNotEvaluable(error)) throw error;
      return { outcome: 'notEvaluable', state: await this.recordProblem(tx, state, event, error) };
    }
  }

  /** Tells of a conflated tick, unless a snapshot of the same moment or a later one has. */
  async takeConflated(
    tx: Tx,
    portfolioId: string,
    event: SnapshotEvent,
    tick: ConflatedTick,
  ): Promise<SnapshotOutcome> {
    const { asOf } = await this.states.lock(tx, portfolioId);
    if (asOf !== null && Date.parse(asOf) >= Date.parse(tick.occurredAt)) return 'irrelevant';
    return this.take(tx, portfolioId, event);
  }

  private async record(
    tx: Tx,
    state: PortfolioState,
    event: SnapshotEvent,
    portfolio: EvaluatedPortfolio,
  ): Promise<Pick<Taken, 'outcome' | 'state'>> {
    const assembled = nodesOf(portfolio, new Map(Object.entries(state.memory.states)));
    const findings = this.findingsOf(state, portfolio, assembled);
    const limits = await this.limits.of(tx, state.portfolioId, state.limitsRevision);
    const watch = limitWatchOf(portfolio, assembled, limits, event.occurredAt, state.memory.limitSides);
    const crosses = findings.length > 0 || watch.crossed.length > 0;
    if (!crosses && isTooSoon(state, event)) {
      this.metrics.conflated.inc();
      return { outcome: 'conflated', state };
    }
    const identity = {
      snapshotId: randomUUID(),
      sequence: state.sequence + 1,
      asOf: event.occurredAt,
      cause: event.cause,
      causeId: event.causeId,
    };
    const snapshot = assembleSnapshot(identity, portfolio, assembled, watch, event.tickedInstruments);
    await this.snapshots.insert(tx, snapshot);
    await this.outbox.emit(tx, snapshotTaken, {
      occurredAt: snapshot.asOf,
      data: snapshot,
      correlationId: event.correlationId,
      causationId: event.causeId,
    });
    await this.alerts.raise(tx, findings, snapshot, event);
    const next = nextStateRow(snapshot, portfolio, assembled, watch.sides);
    await this.states.save(tx, next);
    this.metrics.taken.inc({ cause: snapshot.cause });
    afterCommit(tx, () => this.current.put(snapshot, portfolio, assembled.states));
    return { outcome: 'taken', state: { ...next, limitsRevision: state.limitsRevision } };
  }

  private findingsOf(
    state: PortfolioState,
    portfolio: EvaluatedPortfolio,
    { changes }: AssembledNodes,
  ): AlertFinding[] {
    const { inputs, plan } = portfolio;
    return detectAlerts(state.memory, {
      changes,
      complete: isComplete(inputs),
      modelledShare: inputs.modelledShare,
      modelledShareFloor: inputs.policy.modelledShareFloor,
      hasPlan: plan !== null,
      stalePrices: inputs.stalePrices,
    });
  }

  /** Has a timer tell of a conflated tick when nothing else has told of it before. */
  private async tellLater(tx: Tx, state: PortfolioState, { causeId, occurredAt }: SnapshotEvent): Promise<void> {
    if (state.asOf === null) return;
    const payload: ConflatedTick = { causeId, occurredAt: laterOf(occurredAt, state.asOf) };
    const dueAt = addMilliseconds(state.asOf, conflationMs);
    await this.timers.schedule(tx, { kind: conflationTimer, key: state.portfolioId, dueAt, payload });
  }

  private async recordProblem(
    tx: Tx,
    state: PortfolioState,
    event: SnapshotEvent,
    error: CodedError,
  ): Promise<PortfolioState> {
    const { code, detail } = error;
    this.metrics.notEvaluable.inc({ code });
    if (state.problem?.code === code && state.problem.detail === detail && state.memory.incomplete) return state;
    const { portfolioId, snapshotId, sequence } = state;
    // Told once: another reason for the same is no other fact.
    const findings = state.problem === null ? notEvaluable(detail, { code, afterSequence: sequence }) : [];
    await this.alerts.raise(tx, findings, { portfolioId, snapshotId, asOf: event.occurredAt }, event);
    const next = {
      ...state,
      problem: { code, detail, since: state.problem?.since ?? event.occurredAt },
      memory: { ...state.memory, incomplete: true },
    };
    await this.states.save(tx, next);
    return next;
  }
}

/** Whether a tick comes too soon after the last snapshot to be told of by itself. */
function isTooSoon(state: PortfolioState, event: SnapshotEvent): boolean {
  if (event.tickedInstruments === undefined || state.asOf === null || state.problem !== null) return false;
  return Date.parse(event.occurredAt) < Date.parse(addMilliseconds(state.asOf, conflationMs));
}

/** A model of another policy than the portfolio's, or a plan that is not in force, changes no figure. */
function changesNothing(event: SnapshotEvent, state: PortfolioState, { plan, model }: Basis): boolean {
  if (state.snapshotId === null || state.problem !== null) return false;
  if (event.cause === 'model') return model !== undefined && model.model.modelId === state.modelId;
  if (event.cause !== 'budget') return false;
  return (plan?.planId ?? null) === state.planId && (plan?.version ?? null) === state.planVersion;
}

function nextStateRow(
  snapshot: UtilizationSnapshot,
  { inputs, plan }: EvaluatedPortfolio,
  assembled: { readonly nodes: AssembledNodes['nodes']; readonly states: NodeStates },
  limitSides: LimitSides,
): Omit<PortfolioState, 'limitsRevision'> {
  const currencies = [
    snapshot.baseCurrency,
    ...inputs.positions.map(({ currency }) => currency),
    ...inputs.cashBalances.map(({ currency }) => currency),
  ];
  return {
    portfolioId: snapshot.portfolioId,
    sequence: snapshot.sequence,
    snapshotId: snapshot.snapshotId,
    asOf: snapshot.asOf,
    modelId: snapshot.lineage.modelId,
    planId: plan?.planId ?? null,
    planVersion: plan?.version ?? null,
    currencies: [...new Set(currencies)].sort(),
    problem: null,
    memory: {
      states: Object.fromEntries(assembled.states),
      incomplete: snapshot.state === 'incomplete',
      withoutPlan: plan === null,
      staleInstruments: snapshot.stalePrices,
      limitSides,
    },
    headline: headlineOf(snapshot, assembled.nodes),
  };
}
