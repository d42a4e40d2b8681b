import { Injectable } from '@nestjs/common';
import type { Instant, StressRun, UtilizationSnapshot } from '@risk-budget/contracts';
import { causedBy, type ReceivedEvent } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { Logger, Metrics } from '@risk-budget/service-kit';
import { BreachesRepository } from '../breaches/breaches.repository.js';
import { versionAt } from '../definitions/limit-record.js';
import { LimitsRepository } from '../definitions/limits.repository.js';
import { OverridesRepository } from '../definitions/overrides.repository.js';
import { ActiveBudgets } from './active-budgets.js';
import { assess, ChangeLog, snapshotFigures, type Assessment } from '@risk-budget/market-data';
import { EvaluationsRepository, type NotEvaluated, type PortfolioEvaluationState } from './evaluations.repository.js';
import { versionsBy } from './assessed-limit.js';
import { LatestFiguresRepository } from './latest-figures.repository.js';
import { latestOf, withSnapshot } from './latest-figures.js';
import { LatestStressRepository, type KeptStressRun } from './latest-stress.repository.js';
import { LimitHolding } from './limit-holding.js';
import { PortfolioLock } from './portfolio-lock.js';
import type { Holding, Past, PortfolioWork } from './portfolio-work.js';
import { PreviousHoldings, type PreviousFigures } from './previous-holdings.js';
import { StandingsRepository } from './standings.repository.js';
import { assessStress, type StressLimit } from './stress-figures.js';

/** Holds every limit against every snapshot, in the order of the snapshots, none skipped and none twice. */
@Injectable()
export class EvaluationService {
  private readonly evaluated;
  private readonly gaps;

  constructor(
    private readonly limits: LimitsRepository,
    private readonly overrides: OverridesRepository,
    private readonly breaches: BreachesRepository,
    private readonly holding: LimitHolding,
    private readonly standings: StandingsRepository,
    private readonly evaluations: EvaluationsRepository,
    private readonly latest: LatestFiguresRepository,
    private readonly latestStress: LatestStressRepository,
    private readonly budgets: ActiveBudgets,
    private readonly previous: PreviousHoldings,
    private readonly lock: PortfolioLock,
    private readonly changes: ChangeLog,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.evaluated = metrics.counter('risk_budget_limits_evaluated_snapshots_total', 'Snapshots held against limits');
    this.gaps = metrics.counter('risk_budget_limits_missing_snapshots_total', 'Snapshots that never arrived');
  }

  /**
   * Evaluates snapshots of any portfolios; those of one portfolio in their order.
   *
   * @param options.patient whether a snapshot may fail, to be tried again, because something behind it has not arrived here yet
   */
  async evaluate(
    tx: Tx,
    events: readonly ReceivedEvent<UtilizationSnapshot>[],
    options: { readonly patient: boolean } = { patient: false },
  ): Promise<void> {
    const portfolioIds = [...new Set(events.map((event) => event.data.portfolioId))].sort();
    // In one round trip: the locks, what stands behind them, and a look at what has changed, which serves the budgets and what a breach asks for.
    const lockAndBegin = async (): Promise<PortfolioWork[]> => {
      const locked = this.lock.acquire(tx, portfolioIds);
      const begun = portfolioIds.map(async (portfolioId) => {
        const first = events.find((event) => event.data.portfolioId === portfolioId)?.data;
        // What a full snapshot replaces need not be read.
        const [work, kept] = await Promise.all([
          this.begin(tx, portfolioId, first?.asOf ?? ''),
          first?.leaves === true ? { full: null, since: [] } : this.latest.find(tx, portfolioId),
        ]);
        return { ...work, kept };
      });
      const [, works] = await Promise.all([locked, Promise.all(begun)]);
      return works;
    };
    await this.changes.onceAfter(tx, lockAndBegin, async (works) => {
      for (const work of works) {
        // What a snapshot causes names that snapshot as its cause, not the last one of the batch.
        for (const event of events) {
          if (event.data.portfolioId !== work.portfolioId) continue;
          await causedBy(event, () => this.evaluateOne(tx, work, event, options.patient));
        }
        await this.finish(tx, work);
      }
    });
  }

  private async begin(tx: Tx, portfolioId: string, from: Instant): Promise<PortfolioWork> {
    const [state, breaches, standings, versions, overrides] = await Promise.all([
      this.evaluations.find(tx, portfolioId),
      this.breaches.unresolved(tx, [portfolioId]),
      this.standings.of(tx, [portfolioId]),
      this.limits.active(tx, [portfolioId]),
      this.overrides.inForce(tx, [portfolioId], from),
    ]);
    if (state === undefined) throw new TypeError(`the evaluation of ${portfolioId} is not locked`);
    return {
      portfolioId,
      versions,
      overrides,
      breaches: new Map(breaches.map((breach) => [breach.limitId, breach])),
      moved: new Set(),
      standings: new Map(standings.map((standing) => [standing.limitId, standing])),
      touched: new Set(),
      changes: [],
      state,
      fullIsNew: false,
    };
  }

  /**
   * Holds a limit against the latest figures at once: after an approval, and when one of its versions or overrides begins or ends. Whoever
   * calls holds the portfolio's lock.
   *
   * @param at business time of the decision, at which a breach opens or resolves
   */
  async evaluateLatest(
    tx: Tx,
    { portfolioId, limitId }: { readonly portfolioId: string; readonly limitId: string },
    at: Instant,
  ): Promise<void> {
    const work = await this.begin(tx, portfolioId, at);
    const ofLimit = work.versions.filter((version) => version.limitId === limitId);
    const version = versionAt(ofLimit, at) ?? ofLimit[0];
    if (version === undefined) return;
    if (version.proposal.measure === 'stressLoss') {
      const run = await this.latestStress.find(tx, portfolioId);
      if (run === undefined) return;
      await this.holdAgainstStress(tx, work, { run, at, limitId, ofLimit, tradedSince: false });
      return this.finish(tx, work);
    }
    const activeBudget = await this.budgets.of(tx, portfolioId, at);
    const found = latestOf(
      await this.latest.find(tx, portfolioId),
      (one) => snapshotFigures(one, activeBudget).node(version.nodeId) !== 'unknown',
    );
    if (found === undefined) return;
    const figures = snapshotFigures(found, activeBudget);
    await this.holding.hold(tx, work, {
      ...{ snapshot: found, at, limitId, ofLimit },
      // While the portfolio is not evaluated, what its last figures were decides nothing.
      incomplete: found.state === 'incomplete' || work.state.notEvaluated !== null,
      assess: (limit) => assess(limit, figures),
      previously: () => Promise.resolve(undefined),
    });
    await this.finish(tx, work);
  }

  /** Holds the limits on stress loss against daily runs of any portfolios; those of one portfolio in their order, none twice. */
  async evaluateStress(tx: Tx, events: readonly ReceivedEvent<StressRun>[]): Promise<void> {
    const portfolioIds = [...new Set(events.map((event) => event.data.portfolioId))].sort();
    await this.lock.acquire(tx, portfolioIds);
    for (const portfolioId of portfolioIds) {
      const own = events.filter((event) => event.data.portfolioId === portfolioId);
      const work = await this.begin(tx, portfolioId, own[0]?.data.asOf ?? '');
      let last = await this.latestStress.find(tx, portfolioId);
      for (const event of own) {
        const run = event.data;
        if (last !== undefined && Date.parse(run.asOf) <= Date.parse(last.asOf)) continue;
        const tradedSince = last !== undefined && last.lineage.positionSequence !== run.lineage.positionSequence;
        await causedBy(event, () => this.holdAllAgainstStress(tx, work, event, tradedSince));
        await this.latestStress.put(tx, run);
        last = run;
      }
      await this.finish(tx, work);
    }
  }

  /** Takes down that a portfolio cannot be evaluated: its limits stand as not evaluated, breaches as they are. */
  async suspend(tx: Tx, portfolioId: string, notEvaluated: NotEvaluated): Promise<void> {
    await this.lock.acquire(tx, [portfolioId]);
    const work = await this.begin(tx, portfolioId, notEvaluated.since);
    if (work.state.sequence > notEvaluated.afterSequence) return;
    work.state = { ...work.state, notEvaluated };
    for (const [limitId, standing] of work.standings) {
      if (['notInForce', 'breached', 'notEvaluated'].includes(standing.state)) continue;
      const suspended = { ...standing, state: 'notEvaluated' as const, since: notEvaluated.since };
      work.standings.set(limitId, suspended);
      work.touched.add(limitId);
      work.changes.push(suspended);
    }
    await this.finish(tx, work);
  }

  private async evaluateOne(
    tx: Tx,
    work: PortfolioWork,
    event: ReceivedEvent<UtilizationSnapshot>,
    patient: boolean,
  ): Promise<void> {
    const snapshot = event.data;
    const before = work.state;
    if (snapshot.sequence <= before.sequence) return;
    this.noteGap(before, snapshot);
    const notEvaluated = notEvaluatedAfter(before.notEvaluated, snapshot);
    work.state = { ...before, notEvaluated };
    const activeBudget = await this.budgets.of(tx, snapshot.portfolioId, snapshot.asOf);
    const figures = snapshotFigures(snapshot, activeBudget);
    const previousFigures = this.previousFigures(tx, before, snapshot, patient);
    const previously = async (limit: StressLimit): Promise<Assessment | 'unknown' | undefined> => {
      const previous = await previousFigures();
      return previous === undefined || previous === 'unknown' ? previous : assess(limit, previous);
    };
    const incomplete = snapshot.state === 'incomplete';
    const past = await this.pastOf(tx, work, event);
    for (const [limitId, ofLimit] of versionsBy(past ?? work, (measure) => measure !== 'stressLoss')) {
      const holding = { snapshot, at: snapshot.asOf, limitId, ofLimit, incomplete, previously, past };
      await this.holding.hold(tx, work, { ...holding, assess: (limit) => assess(limit, figures) });
    }
    work.state = {
      ...before,
      sequence: snapshot.sequence,
      snapshotId: snapshot.snapshotId,
      asOf: snapshot.asOf,
      state: snapshot.state,
      positionSequence: snapshot.lineage.positionSequence,
      modelId: snapshot.lineage.modelId,
      gaps: before.gaps + (before.sequence === 0 ? 0 : snapshot.sequence - before.sequence - 1),
      notEvaluated,
    };
    work.latest = withSnapshot(work.latest ?? work.kept ?? { full: null, since: [] }, snapshot);
    work.fullIsNew ||= snapshot.leaves;
    this.evaluated.inc();
  }

  /** The past of a portfolio, for an event that was there before the last that this service has said of it; undefined for a later one. */
  private async pastOf(
    tx: Tx,
    work: PortfolioWork,
    { recordedAt }: Pick<ReceivedEvent, 'recordedAt'>,
  ): Promise<Past | undefined> {
    const { portfolioId, state } = work;
    if (state.rebuiltUntil === null || Date.parse(recordedAt) > Date.parse(state.rebuiltUntil)) return undefined;
    work.past ??= {
      versions: await this.limits.approved(tx, portfolioId),
      breaches: await this.breaches.all(tx, portfolioId),
    };
    return work.past;
  }

  private async holdAllAgainstStress(
    tx: Tx,
    work: PortfolioWork,
    event: ReceivedEvent<StressRun>,
    tradedSince: boolean,
  ): Promise<void> {
    const run = event.data;
    const past = await this.pastOf(tx, work, event);
    for (const [limitId, ofLimit] of versionsBy(past ?? work, (measure) => measure === 'stressLoss')) {
      await this.holdAgainstStress(tx, work, { run, at: run.asOf, limitId, ofLimit, tradedSince, past });
    }
  }

  /** Past holdings are not stressed again here: a breach that opens after a trade counts as caused by it. */
  private holdAgainstStress(
    tx: Tx,
    work: PortfolioWork,
    one: Pick<Holding, 'at' | 'limitId' | 'ofLimit' | 'past'> & {
      readonly run: KeptStressRun;
      readonly tradedSince: boolean;
    },
  ): Promise<void> {
    const { run, tradedSince, ...rest } = one;
    const { portfolioId, runId } = run;
    return this.holding.hold(tx, work, {
      ...rest,
      snapshot: { portfolioId, snapshotId: runId, cause: tradedSince ? 'position' : 'schedule' },
      incomplete: false,
      assess: (limit) => assessStress(limit, run),
      previously: () => Promise.resolve(tradedSince ? 'unknown' : undefined),
    });
  }

  /** Reprices the previous holdings, at most once a snapshot, and only when they differ. */
  private previousFigures(
    tx: Tx,
    before: PortfolioEvaluationState,
    snapshot: UtilizationSnapshot,
    patient: boolean,
  ): () => Promise<PreviousFigures | undefined> {
    if (before.positionSequence === 0 || before.positionSequence === snapshot.lineage.positionSequence) {
      return () => Promise.resolve(undefined);
    }
    let figures: Promise<PreviousFigures> | undefined;
    return () => (figures ??= this.previous.figures(tx, snapshot, before.positionSequence, patient));
  }

  private noteGap(before: PortfolioEvaluationState, snapshot: UtilizationSnapshot): void {
    const missing = before.sequence === 0 ? 0 : snapshot.sequence - before.sequence - 1;
    if (missing === 0) return;
    this.gaps.inc(missing);
    const { portfolioId, sequence } = snapshot;
    this.logger.error('snapshots are missing; their limits were not evaluated', { portfolioId, sequence, missing });
  }

  private async finish(tx: Tx, work: PortfolioWork): Promise<void> {
    for (const limitId of work.moved) {
      const breach = work.breaches.get(limitId);
      if (breach !== undefined) await this.breaches.update(tx, breach);
    }
    const touched = [...work.touched].flatMap((limitId) => work.standings.get(limitId) ?? []);
    await this.standings.put(tx, touched);
    await this.standings.addChanges(tx, work.changes);
    await this.evaluations.put(tx, work.state);
    if (work.latest !== undefined) await this.latest.put(tx, work.portfolioId, work.latest, work.fullIsNew);
  }
}

/** Why the portfolio is not evaluated, after a snapshot: too little of it is modelled, or what was so before and is not over yet. */
function notEvaluatedAfter(before: NotEvaluated | null, snapshot: UtilizationSnapshot): NotEvaluated | null {
  if (before?.kind === 'notEvaluable' && snapshot.sequence <= before.afterSequence) return before;
  if (snapshot.state === 'complete') return null;
  const { modelledShareFloor } = snapshot.lineage.policy;
  return {
    kind: 'incomplete',
    since: before?.kind === 'incomplete' ? before.since : snapshot.asOf,
    reason: `${snapshot.modelledShare} of the gross exposure has a risk model; the policy asks for ${modelledShareFloor}.`,
    afterSequence: snapshot.sequence,
  };
}
