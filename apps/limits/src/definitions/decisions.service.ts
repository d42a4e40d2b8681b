import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import { AuditService, CLOCK, type IfMatchCondition, type Principal } from '@risk-budget/service-kit';
import { mustLieAhead, nothingProposed, overlappingLimit, ownApproval, unknownLimit } from '../errors.js';
import { PortfolioLock } from '../evaluation/portfolio-lock.js';
import { isBefore } from '../instants.js';
import { personKey } from '../person.js';
import { LimitPublisher } from './limit-publisher.js';
import { applyLimitAction } from './limit-states.js';
import type { LimitHead, LimitVersion } from './limit.types.js';
import { LimitsRepository } from './limits.repository.js';
import { succeed } from './succession.js';

/** Approval and rejection of what was proposed, by somebody who has not written it. */
@Injectable()
export class DecisionsService {
  constructor(
    private readonly persistence: Persistence,
    private readonly limits: LimitsRepository,
    private readonly publisher: LimitPublisher,
    private readonly lock: PortfolioLock,
    private readonly audit: AuditService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Approves the proposed version, a retirement included.
   *
   * @throws CodedError `LIMITS.OWN_APPROVAL`, `LIMITS.NOTHING_PROPOSED`, `LIMITS.OVERLAPPING_LIMIT`, `LIMITS.MUST_LIE_AHEAD`
   */
  async approve(principal: Principal, limitId: string, ifMatch: IfMatchCondition): Promise<void> {
    await this.decide(principal, limitId, ifMatch, async (tx, head, versions, proposed) => {
      const now = this.clock.now();
      await this.refuseOutdated(tx, proposed, now);
      const { approved, changed } = succeed(versions, proposed, principal.actor, now);
      for (const version of [...changed, approved]) await this.limits.updateDecision(tx, version);
      await this.publisher.settle(tx, head, now, principal.actor);
      const action = approved.change === 'retired' ? 'limit.retired' : 'limit.approved';
      await this.record(tx, principal, head, action, { version: approved.version, proposal: approved.proposal });
    });
  }

  /** Rejects the proposed version; what is in force stays. */
  async reject(principal: Principal, limitId: string, reason: string, ifMatch: IfMatchCondition): Promise<void> {
    await this.decide(principal, limitId, ifMatch, async (tx, head, _versions, proposed) => {
      await this.limits.updateDecision(tx, {
        ...proposed,
        status: applyLimitAction(limitId, proposed.status, 'reject'),
        rejectedBy: principal.actor,
        rejectedAt: this.clock.now(),
        rejectionReason: reason,
      });
      await this.record(tx, principal, head, 'limit.rejected', { version: proposed.version, reason });
    });
  }

  private async decide(
    principal: Principal,
    limitId: string,
    ifMatch: IfMatchCondition,
    work: (tx: Tx, head: LimitHead, versions: LimitVersion[], proposed: LimitVersion) => Promise<void>,
  ): Promise<void> {
    await this.persistence.transaction(async (tx) => {
      const known = await this.limits.head(tx, limitId);
      if (known === undefined || !principal.mayRead(known.portfolioId)) throw unknownLimit(limitId);
      await this.lock.acquire(tx, [known.portfolioId]);
      const head = await this.limits.head(tx, limitId, true);
      if (head === undefined) throw unknownLimit(limitId);
      const versions = await this.limits.versions(tx, [limitId]);
      const proposed = versions.find((version) => version.status === 'proposed');
      if (proposed?.editors.includes(personKey(principal.actor)) === true) throw ownApproval('proposal');
      ifMatch.require(head.revision);
      if (proposed === undefined) throw nothingProposed(limitId);
      await work(tx, head, versions, proposed);
      await this.limits.touch(tx, limitId);
    });
  }

  private async refuseOutdated(tx: Tx, proposed: LimitVersion, now: string): Promise<void> {
    if (proposed.change === 'retired') return;
    const { effectiveTo } = proposed.proposal;
    if (effectiveTo !== undefined && !isBefore(now, effectiveTo)) throw mustLieAhead('effectiveTo', now);
    const other = await this.limits.overlapping(tx, proposed.proposal, proposed.nodeId);
    if (other !== undefined) throw overlappingLimit(proposed.limitId, other);
  }

  private async record(
    tx: Tx,
    principal: Principal,
    head: LimitHead,
    action: string,
    data: Record<string, unknown>,
  ): Promise<void> {
    await this.audit.append(tx, {
      chain: head.portfolioId,
      actor: principal.actor,
      action,
      subject: head.limitId,
      data,
    });
  }
}
