import { Injectable } from '@nestjs/common';
import { ChangeLog, seenAt, type ArrivedTick, type InputsBetween } from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import { TimerService } from '@risk-budget/service-kit';
import { TickFollower } from '../intraday/tick-follower.js';
import { momentOf, type PortfolioState } from '../portfolios/portfolio-state.js';
import { PortfolioStateRepository } from '../portfolios/portfolio-state.repository.js';
import { evaluated, PortfolioComputation, type Basis, type EvaluatedPortfolio } from './portfolio-computation.js';
import {
  addMilliseconds,
  conflationMs,
  isAfter,
  laterOf,
  type SnapshotEvent,
  type TickEvent,
} from './snapshot-event.js';
import { SnapshotMetrics } from './snapshot-metrics.js';
import { isTooSoon, SnapshotRecorder, Unwritten, type SnapshotOutcome, type Taken } from './snapshot-recorder.js';

/** Kind of the timer that tells of the last of some conflated ticks. */
export const conflationTimer = 'utilization.conflated-ticks';

/** What the timer remembers of the last conflated tick. */
export interface ConflatedTick {
  readonly causeId: string;
  readonly occurredAt: string;
  /** Of the last snapshot when the tick came; absent where a version wrote it that went by the moment. */
  readonly afterSequence?: number;
}

/** From what the state after a tick is made. */
interface NextState {
  readonly between: InputsBetween | undefined;
  readonly plan: EvaluatedPortfolio['plan'] | undefined;
  /** Ticks of the batch that have not come then. */
  readonly unseen: readonly TickEvent[];
  readonly unwritten: Unwritten;
}

/** Takes snapshots: one for each event and portfolio it concerns, inside the transaction in which the event is applied. */
@Injectable()
export class SnapshotsService {
  constructor(
    private readonly states: PortfolioStateRepository,
    private readonly computation: PortfolioComputation,
    private readonly recorder: SnapshotRecorder,
    private readonly timers: TimerService,
    private readonly changes: ChangeLog,
    private readonly metrics: SnapshotMetrics,
    private readonly follower: TickFollower,
  ) {}

  /**
   * Evaluates a portfolio after an event other than a tick and writes the snapshot, its alerts and both kinds of events.
   *
   * The present state is what is evaluated: an event that comes late, or corrects the past, is told as of the moment up to which events have
   * been taken in, and no earlier snapshot changes.
   */
  async take(tx: Tx, portfolioId: string, event: Omit<SnapshotEvent, 'tick'>): Promise<SnapshotOutcome> {
    const unwritten = new Unwritten();
    const { outcome, state } = await this.changes.onceAfter(
      tx,
      () => this.states.lock(tx, portfolioId),
      (locked) => this.takeFirst(tx, locked, event, unwritten),
    );
    await this.recorder.write(tx, state, unwritten);
    return outcome;
  }

  /**
   * Takes ticks in, each after the one before it, whenever it should have come: after each the portfolio is what everything received so far makes
   * of it, and none of these states is passed over that something follows from. As long as nothing but ticks is new in between, what the
   * figures rest on is read at the first and at the last of them; in between the portfolio is followed tick by tick, and evaluated where something
   * may follow from one.
   *
   * @param ticks those of a batch that are of instruments that the portfolio holds, all of them stored, in the order in which they have come
   */
  async takeTicks(tx: Tx, portfolioId: string, ticks: readonly TickEvent[]): Promise<void> {
    const [first, ...others] = ticks;
    if (first === undefined) return;
    // One look at what has changed, once nobody else can change the portfolio's row, serves all that the figures rest on.
    await this.changes.onceAfter(
      tx,
      () => this.states.lock(tx, portfolioId),
      (before) => this.takeLocked(tx, before, first, others),
    );
  }

  private async takeLocked(
    tx: Tx,
    before: PortfolioState,
    first: TickEvent,
    others: readonly TickEvent[],
  ): Promise<void> {
    const { portfolioId } = before;
    const unwritten = new Unwritten();
    const firstAt = laterOf(first.occurredAt, momentOf(before));
    const arrived = arrivedTicks(others, firstAt);
    const to = arrived.at(-1)?.moment ?? firstAt;
    // What is there after the last tick is read together with what was there after the first.
    const [{ portfolio, ...start }, ending] = await Promise.all([
      this.takeFirst(tx, before, first, unwritten, idsOf(others)),
      others.length === 0 || before.rebuilding ? undefined : this.computation.ending(portfolioId, seenAt(to), tx),
    ]);
    let { state } = start;
    if (state.rebuilding) {
      for (const tick of others) state = await this.passOver(tx, state, tick);
      return;
    }
    let told = start.outcome === 'conflated' ? first : undefined;
    const between = portfolio && ending && (await this.computation.between(portfolio, ending, arrived, tx));
    let quiet = portfolio && between && (await this.follower.follow(tx, portfolio, state, to));
    for (const [index, tick] of others.entries()) {
      const event = { ...tick, occurredAt: arrived[index]?.moment ?? to };
      const prices = between?.advance();
      if (prices !== undefined && isTooSoon(state, event) && quiet?.areQuiet(prices) === true) {
        this.metrics.conflated.inc();
        told = tick;
        continue;
      }
      const taken = await this.takeNext(tx, state, event, {
        between,
        plan: portfolio?.plan,
        unseen: others.slice(index + 1),
        unwritten,
      });
      state = taken.state;
      if (taken.outcome === 'conflated') told = tick;
      if (taken.outcome === 'taken') told = undefined;
      quiet = taken.portfolio && between && (await this.follower.follow(tx, taken.portfolio, state, to));
    }
    if (told !== undefined) await this.tellLater(tx, state, told);
    const goesOn = state.asOf !== null && isAfter(to, momentOf(state));
    if (goesOn && !unwritten.changed) await this.states.saw(tx, portfolioId, to);
    await this.recorder.write(tx, goesOn ? { ...state, seenTo: to } : state, unwritten);
  }

  /** Evaluates the state after a tick that is not the first of its batch: from what is followed, or else as the stores tell it without those behind it. */
  private takeNext(
    tx: Tx,
    state: PortfolioState,
    event: TickEvent,
    { between, plan = null, unseen, unwritten }: NextState,
  ): Promise<Taken> {
    if (between === undefined)
      return this.changes.once(tx, () => this.takeFrom(tx, state, event, unwritten, idsOf(unseen)));
    const evaluate = (): EvaluatedPortfolio => {
      const inputs = between.inputs();
      return { inputs, evaluation: evaluated(inputs), plan };
    };
    return this.recorder.record(tx, state, event, evaluate, unwritten);
  }

  private async takeFirst(
    tx: Tx,
    state: PortfolioState,
    event: SnapshotEvent,
    unwritten: Unwritten,
    unseenTicks: readonly string[] = [],
  ): Promise<Taken> {
    const end = this.metrics.seconds.startTimer();
    try {
      if (state.rebuilding) return { outcome: 'irrelevant', state: await this.passOver(tx, state, event) };
      if (event.onlyDescribes === true && state.snapshotId === null) return { outcome: 'irrelevant', state };
      return await this.changes.once(tx, () => this.takeFrom(tx, state, event, unwritten, unseenTicks));
    } finally {
      end();
    }
  }

  /** Notes how far events have come while no snapshot is taken. @returns the portfolio's row after it */
  private async passOver(tx: Tx, state: PortfolioState, { occurredAt }: SnapshotEvent): Promise<PortfolioState> {
    if (!isAfter(occurredAt, momentOf(state))) return state;
    await this.states.saw(tx, state.portfolioId, occurredAt);
    return { ...state, seenTo: occurredAt };
  }

  private async takeFrom(
    tx: Tx,
    state: PortfolioState,
    event: SnapshotEvent,
    unwritten: Unwritten,
    unseenTicks: readonly string[],
  ): Promise<Taken> {
    const { portfolioId } = state;
    const asOf = laterOf(event.occurredAt, momentOf(state));
    const basis = await this.computation.basis(portfolioId, seenAt(asOf), tx);
    if (changesNothing(event, state, basis)) return { outcome: 'irrelevant', state };
    const evaluate = (): Promise<EvaluatedPortfolio> =>
      this.computation.evaluate(portfolioId, seenAt(asOf), basis, tx, unseenTicks);
    return this.recorder.record(tx, state, { ...event, occurredAt: asOf }, evaluate, unwritten);
  }

  /** Tells of a conflated tick, unless a snapshot taken since has. */
  async takeConflated(
    tx: Tx,
    portfolioId: string,
    event: SnapshotEvent,
    tick: ConflatedTick,
  ): Promise<SnapshotOutcome> {
    const { asOf, sequence } = await this.states.lock(tx, portfolioId);
    const { occurredAt, afterSequence } = tick;
    const isTold = afterSequence === undefined ? !isAfter(occurredAt, asOf) : sequence > afterSequence;
    if (isTold) return 'irrelevant';
    return this.take(tx, portfolioId, event);
  }

  /** Has a timer tell of a conflated tick when nothing else has told of it before. */
  private async tellLater(tx: Tx, state: PortfolioState, { causeId, occurredAt }: SnapshotEvent): Promise<void> {
    if (state.asOf === null) return;
    const payload: ConflatedTick = {
      causeId,
      occurredAt: laterOf(occurredAt, state.asOf),
      afterSequence: state.sequence,
    };
    const dueAt = addMilliseconds(state.asOf, conflationMs);
    await this.timers.schedule(tx, { kind: conflationTimer, key: state.portfolioId, dueAt, payload });
  }
}

function idsOf(ticks: readonly TickEvent[]): string[] {
  return ticks.map(({ causeId }) => causeId);
}

/** Ticks with the moments of the states that they are part of: none is of before what the portfolio had taken in by then. */
function arrivedTicks(ticks: readonly TickEvent[], from: string): ArrivedTick[] {
  let moment = from;
  return ticks.map(({ causeId, occurredAt, tick }) => {
    moment = laterOf(occurredAt, moment);
    return { ...tick, eventId: causeId, moment };
  });
}

/** A model of another policy than the portfolio's, or a plan that is not in force, changes no figure. */
function changesNothing(event: SnapshotEvent, state: PortfolioState, { plan, model }: Basis): boolean {
  if (state.snapshotId === null || state.problem !== null) return false;
  if (event.cause === 'model') return model !== undefined && model.model.modelId === state.modelId;
  if (event.cause !== 'budget') return false;
  return (plan?.planId ?? null) === state.planId && (plan?.version ?? null) === state.planVersion;
}
