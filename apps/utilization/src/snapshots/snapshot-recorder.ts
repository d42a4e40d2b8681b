import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { snapshotTaken, type CodedError, type UtilizationSnapshot } from '@risk-budget/contracts';
import { Outbox } from '@risk-budget/messaging';
import { afterCommit, type Tx } from '@risk-budget/persistence';
import { detectAlerts, notEvaluable, type AlertFinding } from '../alerts/alert-detection.js';
import { AlertsService } from '../alerts/alerts.service.js';
import type { LimitSides } from '../limits/limit-watch.js';
import { WatchedLimitsRepository } from '../limits/watched-limits.repository.js';
import type { AssembledNodes } from '../nodes/node-assembly.js';
import type { NodeStates } from '../nodes/node-states.js';
import { CurrentPortfolios } from '../portfolios/current-portfolios.js';
import type { PortfolioState } from '../portfolios/portfolio-state.js';
import { PortfolioStateRepository } from '../portfolios/portfolio-state.repository.js';
import { isNotEvaluable, type EvaluatedPortfolio } from './portfolio-computation.js';
import { assembleSnapshot, headlineOf, limitWatchOf, nodesOf } from './snapshot-assembly.js';
import { addMilliseconds, conflationMs, type SnapshotEvent } from './snapshot-event.js';
import { isComplete } from './snapshot-figures.js';
import { SnapshotMetrics } from './snapshot-metrics.js';
import { SnapshotRepository } from './snapshot.repository.js';

/** What became of an event for one portfolio. */
export type SnapshotOutcome = 'taken' | 'conflated' | 'irrelevant' | 'notEvaluable';

/** An outcome, with the portfolio's row after it and what was evaluated. */
export interface Taken {
  readonly outcome: SnapshotOutcome;
  readonly state: PortfolioState;
  readonly portfolio?: EvaluatedPortfolio;
}

/** What a transaction has found of one portfolio and is to write in the end: many snapshots cost little more than one then. */
export class Unwritten {
  readonly snapshots: UtilizationSnapshot[] = [];
  /** Whether the portfolio's row is to be written. */
  changed = false;
}

/** Nodes of snapshots that are written together; they wait in memory until then. */
const together = 20_000;

/** Makes a snapshot with its alerts and events of an evaluated state, and knows when none is due. */
@Injectable()
export class SnapshotRecorder {
  constructor(
    private readonly states: PortfolioStateRepository,
    private readonly snapshots: SnapshotRepository,
    private readonly alerts: AlertsService,
    private readonly limits: WatchedLimitsRepository,
    private readonly current: CurrentPortfolios,
    private readonly outbox: Outbox,
    private readonly metrics: SnapshotMetrics,
  ) {}

  /**
   * Evaluates, and tells what follows: a snapshot, unless it is a tick that comes too soon after the last one and takes nothing across a threshold
   * or a limit; or that the portfolio has no figures now.
   *
   * @param state the portfolio's row, locked
   * @param event as of the moment of the state evaluated
   * @param unwritten takes what is left to {@link write}
   */
  async record(
    tx: Tx,
    state: PortfolioState,
    event: SnapshotEvent,
    evaluate: () => EvaluatedPortfolio | Promise<EvaluatedPortfolio>,
    unwritten: Unwritten,
  ): Promise<Taken> {
    try {
      const portfolio = await evaluate();
      return { ...(await this.take(tx, state, event, portfolio, unwritten)), portfolio };
    } catch (error) {
      if (!isNotEvaluable(error)) throw error;
      return { outcome: 'notEvaluable', state: await this.recordProblem(tx, state, event, error, unwritten) };
    }
  }

  /** Writes what is not written yet. @param state the portfolio's row as it is now */
  async write(tx: Tx, state: PortfolioState, unwritten: Unwritten): Promise<void> {
    await this.snapshots.insert(tx, unwritten.snapshots.splice(0));
    if (unwritten.changed) await this.states.save(tx, state);
    unwritten.changed = false;
  }

  private async take(
    tx: Tx,
    state: PortfolioState,
    event: SnapshotEvent,
    portfolio: EvaluatedPortfolio,
    unwritten: Unwritten,
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
    const ticked = event.tick === undefined ? undefined : [event.tick.instrumentId];
    const snapshot = assembleSnapshot(identity, portfolio, assembled, watch, ticked);
    unwritten.snapshots.push(snapshot);
    unwritten.changed = true;
    const nodes = unwritten.snapshots.reduce((sum, one) => sum + one.nodes.length, 0);
    if (nodes >= together) await this.snapshots.insert(tx, unwritten.snapshots.splice(0));
    await this.outbox.emit(tx, snapshotTaken, {
      occurredAt: snapshot.asOf,
      data: snapshot,
      correlationId: event.correlationId,
      causationId: event.causeId,
    });
    await this.alerts.raise(tx, findings, snapshot, event);
    const next = nextStateRow(snapshot, portfolio, assembled, watch.sides);
    this.metrics.taken.inc({ cause: snapshot.cause });
    afterCommit(tx, () => this.current.put(snapshot, portfolio, assembled.states));
    return { outcome: 'taken', state: { ...state, ...next } };
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

  private async recordProblem(
    tx: Tx,
    state: PortfolioState,
    event: SnapshotEvent,
    error: CodedError,
    unwritten: Unwritten,
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
    unwritten.changed = true;
    return next;
  }
}

/** Whether a tick comes too soon after the last snapshot to be told of by itself. */
export function isTooSoon(state: PortfolioState, event: SnapshotEvent): boolean {
  if (event.tick === undefined || state.asOf === null || state.problem !== null) return false;
  return Date.parse(event.occurredAt) < Date.parse(addMilliseconds(state.asOf, conflationMs));
}

function nextStateRow(
  snapshot: UtilizationSnapshot,
  { inputs, plan }: EvaluatedPortfolio,
  assembled: { readonly nodes: AssembledNodes['nodes']; readonly states: NodeStates },
  limitSides: LimitSides,
): Omit<PortfolioState, 'limitsRevision' | 'seenTo' | 'rebuilding'> {
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
