import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Clock, Instant, LimitBound } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import { AuditService, CLOCK, type IfMatchCondition, type Principal } from '@risk-budget/service-kit';
import {
  badLimit,
  limitTransitionRefused,
  mustLieAhead,
  overlappingOverride,
  overrideDecided,
  ownApproval,
  unknownLimit,
  unknownOverride,
} from '../errors.js';
import { isRiskMeasure } from '@risk-budget/market-data';
import { PortfolioLock } from '../evaluation/portfolio-lock.js';
import { isBefore } from '../instants.js';
import { samePerson } from '../person.js';
import { LimitPublisher } from './limit-publisher.js';
import type { LimitHead, LimitOverride } from './limit.types.js';
import { LimitsRepository } from './limits.repository.js';
import { OverridesRepository } from './overrides.repository.js';

/** Another bound wanted for a while. */
export interface OverrideRequest {
  readonly bound: LimitBound;
  readonly effectiveFrom: Instant;
  readonly effectiveTo: Instant;
  readonly reason: string;
}

/** Overrides: another bound for a while, proposed by one and approved by another like the limit itself. */
@Injectable()
export class OverridesService {
  constructor(
    private readonly persistence: Persistence,
    private readonly limits: LimitsRepository,
    private readonly overrides: OverridesRepository,
    private readonly publisher: LimitPublisher,
    private readonly lock: PortfolioLock,
    private readonly audit: AuditService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async propose(principal: Principal, limitId: string, request: OverrideRequest): Promise<LimitOverride> {
    return this.change(principal, limitId, undefined, async (tx, head) => {
      const now = this.clock.now();
      if (!isBefore(now, request.effectiveTo)) throw mustLieAhead('effectiveTo', now);
      await this.check(tx, head, request);
      const override: LimitOverride = {
        ...request,
        overrideId: randomUUID(),
        limitId,
        portfolioId: head.portfolioId,
        status: 'proposed',
        proposedBy: principal.actor,
        proposedAt: now,
        approvedBy: null,
        approvedAt: null,
        rejectedBy: null,
        rejectedAt: null,
        rejectionReason: null,
      };
      await this.overrides.insert(tx, override);
      await this.record(tx, principal, override, 'override.proposed');
      return override;
    });
  }

  /** @throws CodedError `LIMITS.OWN_APPROVAL`, `LIMITS.OVERRIDE_DECIDED`, `LIMITS.OVERLAPPING_OVERRIDE`, `LIMITS.MUST_LIE_AHEAD` */
  async approve(principal: Principal, limitId: string, overrideId: string, ifMatch: IfMatchCondition): Promise<void> {
    await this.change(principal, limitId, ifMatch, async (tx, head) => {
      const override = await this.waiting(tx, limitId, overrideId);
      if (samePerson(override.proposedBy, principal.actor)) throw ownApproval('override');
      const now = this.clock.now();
      if (!isBefore(now, override.effectiveTo)) throw mustLieAhead('effectiveTo', now);
      await this.check(tx, head, override, overrideId);
      const approved: LimitOverride = { ...override, status: 'approved', approvedBy: principal.actor, approvedAt: now };
      await this.overrides.updateDecision(tx, approved);
      await this.publisher.settle(tx, head, now, principal.actor);
      await this.record(tx, principal, approved, 'override.approved');
    });
  }

  async reject(
    principal: Principal,
    limitId: string,
    overrideId: string,
    reason: string,
    ifMatch: IfMatchCondition,
  ): Promise<void> {
    await this.change(principal, limitId, ifMatch, async (tx) => {
      const override = await this.waiting(tx, limitId, overrideId);
      const rejected: LimitOverride = {
        ...override,
        status: 'rejected',
        rejectedBy: principal.actor,
        rejectedAt: this.clock.now(),
        rejectionReason: reason,
      };
      await this.overrides.updateDecision(tx, rejected);
      await this.record(tx, principal, rejected, 'override.rejected');
    });
  }

  private async waiting(tx: Tx, limitId: string, overrideId: string): Promise<LimitOverride> {
    const override = (await this.overrides.of(tx, [limitId])).find((one) => one.overrideId === overrideId);
    if (override === undefined) throw unknownOverride(overrideId);
    if (override.status !== 'proposed') throw overrideDecided(overrideId, override.status);
    return override;
  }

  /** An override needs an approved limit, a bound of a kind that the measure has, and a time of its own. */
  private async check(tx: Tx, head: LimitHead, request: OverrideRequest, itself?: string): Promise<void> {
    const versions = await this.limits.versions(tx, [head.limitId]);
    const active = versions.filter((version) => version.status === 'active');
    const [first] = active;
    if (first === undefined)
      throw limitTransitionRefused(head.limitId, versions.at(-1)?.status ?? 'proposed', 'override', []);
    if (request.bound.kind === 'shareOfBudget' && !isRiskMeasure(first.proposal.measure)) {
      throw badLimit([
        { field: 'bound.kind', problem: `${first.proposal.measure} has no budget`, allowed: 'absolute' },
      ]);
    }
    const other = (await this.overrides.of(tx, [head.limitId])).find(
      (one) =>
        one.overrideId !== itself &&
        one.status === 'approved' &&
        isBefore(one.effectiveFrom, request.effectiveTo) &&
        isBefore(request.effectiveFrom, one.effectiveTo),
    );
    if (other !== undefined) throw overlappingOverride(head.limitId, other.overrideId);
  }

  private async change<T>(
    principal: Principal,
    limitId: string,
    ifMatch: IfMatchCondition | undefined,
    work: (tx: Tx, head: LimitHead) => Promise<T>,
  ): Promise<T> {
    return this.persistence.transaction(async (tx) => {
      const known = await this.limits.head(tx, limitId);
      if (known === undefined || !principal.mayRead(known.portfolioId)) throw unknownLimit(limitId);
      await this.lock.acquire(tx, [known.portfolioId]);
      const head = await this.limits.head(tx, limitId, true);
      if (head === undefined) throw unknownLimit(limitId);
      ifMatch?.require(head.revision);
      const result = await work(tx, head);
      await this.limits.touch(tx, limitId);
      return result;
    });
  }

  private async record(tx: Tx, principal: Principal, override: LimitOverride, action: string): Promise<void> {
    const { overrideId, bound, effectiveFrom, effectiveTo, reason, rejectionReason } = override;
    await this.audit.append(tx, {
      chain: override.portfolioId,
      actor: principal.actor,
      action,
      subject: override.limitId,
      data: { overrideId, bound, effectiveFrom, effectiveTo, reason, rejectionReason },
    });
  }
}
