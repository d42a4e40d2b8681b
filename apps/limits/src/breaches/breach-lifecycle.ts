import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Instant, UtilizationSnapshot } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import type { LimitVersion } from '../definitions/limit.types.js';
import { defaultEscalationPolicyId } from '../escalation/escalation-policy.types.js';
import { LadderService } from '../escalation/ladder.service.js';
import type { Assessment } from '@risk-budget/market-data';
import { BreachJournal } from './breach-journal.js';
import { worsenedByTrade } from './breach-nature.js';
import type { BreachRecord } from './breach.types.js';
import { BreachesService } from './breaches.service.js';

type Evaluated = Extract<Assessment, { kind: 'evaluated' }>;

/** A limit held against a snapshot at an instant, and the breach that it has so far. */
export interface BreachStep {
  readonly version: LimitVersion;
  readonly snapshot: Pick<UtilizationSnapshot, 'portfolioId' | 'snapshotId' | 'cause'>;
  /** Business time of the snapshot, or of the decision that changed the bound. */
  readonly at: Instant;
  readonly assessment: Evaluated;
  readonly breach: BreachRecord | undefined;
  /** The last snapshot in which the limit held. */
  readonly heldSnapshotId: string | null;
  /**
   * The same limit held against the previous holdings; undefined when they are the same, or when there were none; `unknown` when they
   * cannot be priced.
   */
  readonly previously: () => Promise<Assessment | 'unknown' | undefined>;
}

/** What snapshots do to breaches: open them, worsen them, resolve them. */
@Injectable()
export class BreachLifecycle {
  constructor(
    private readonly journal: BreachJournal,
    private readonly breaches: BreachesService,
    private readonly ladder: LadderService,
  ) {}

  /** @returns the breach after the snapshot: with the same revision when only its figures have moved, undefined when there is none */
  async advance(tx: Tx, step: BreachStep): Promise<BreachRecord | undefined> {
    const { assessment, breach } = step;
    if (breach === undefined) return assessment.beyond ? this.open(tx, step) : undefined;
    const figures = this.figures(breach, step);
    if (assessment.closes) {
      return this.breaches.resolve(tx, breach, step.at, 'The figure is back inside its bound.', figures);
    }
    if (assessment.beyond && (await this.causedByTrade(step))) {
      const { at } = step;
      const reason = 'A trade took the figure further beyond its bound.';
      const changes = { ...figures, nature: 'active' as const };
      const worsened = await this.journal.apply(tx, breach, 'worsened', { at, by: null, reason, changes });
      await this.ladder.tell(tx, worsened, at, reason);
      return worsened;
    }
    return this.follow(breach, step);
  }

  /** The breach with the figures that it was held against, and nothing decided. */
  follow(breach: BreachRecord, step: BreachStep): BreachRecord {
    return { ...breach, ...this.figures(breach, step) };
  }

  private async open(tx: Tx, step: BreachStep): Promise<BreachRecord> {
    const { version, snapshot, at, assessment } = step;
    const { proposal } = version;
    const breach: BreachRecord = {
      breachId: randomUUID(),
      portfolioId: snapshot.portfolioId,
      limitId: version.limitId,
      limitVersion: version.version,
      severity: proposal.severity,
      direction: proposal.direction,
      measure: proposal.measure,
      budgetMeasure: proposal.budgetMeasure ?? null,
      nodeId: version.nodeId,
      state: 'open',
      nature: (await this.causedByTrade(step)) ? 'active' : 'passive',
      openedAt: at,
      resolvedAt: null,
      snapshotId: snapshot.snapshotId,
      heldSnapshotId: step.heldSnapshotId,
      value: assessment.value,
      bound: assessment.bound,
      worstValue: assessment.value,
      escalationPolicyId: proposal.escalationPolicyId ?? defaultEscalationPolicyId,
      escalationStep: 0,
      ladder: 1,
      ladderStartedAt: at,
      acknowledgedBy: null,
      acknowledgedAt: null,
      waivedBy: null,
      waiverExpiresAt: null,
      remediationPlan: null,
      remediationDueAt: null,
      remediationAuthors: [],
      reason: null,
      revision: 1,
    };
    await this.journal.open(tx, breach);
    await this.ladder.start(tx, breach, 'The breach has opened.');
    return breach;
  }

  private async causedByTrade({ version, snapshot, assessment, breach, previously }: BreachStep): Promise<boolean> {
    const previous = await previously();
    // Without prices for the previous holdings, what the snapshot was taken for decides on the nature of a new breach.
    if (previous === 'unknown') return breach === undefined && snapshot.cause === 'position';
    if (previous?.kind !== 'evaluated') return false;
    return worsenedByTrade(assessment.value, previous.value, version.proposal.direction);
  }

  private figures(breach: BreachRecord, { version, snapshot, assessment }: BreachStep): Partial<BreachRecord> {
    const { value, bound } = assessment;
    const worse = breach.direction === 'upper' ? value > breach.worstValue : value < breach.worstValue;
    return {
      limitVersion: version.version,
      snapshotId: snapshot.snapshotId,
      value,
      bound,
      worstValue: worse ? value : breach.worstValue,
    };
  }
}
