import { Inject, Injectable } from '@nestjs/common';
import type { Clock, Instant } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import {
  CLOCK,
  TimerHandler,
  TimerService,
  type FiredTimer,
  type Principal,
  type TimerContext,
} from '@risk-budget/service-kit';
import { mustLieAhead, ownWaiver, unknownBreach } from '../errors.js';
import { LadderService } from '../escalation/ladder.service.js';
import { PortfolioLock } from '../evaluation/portfolio-lock.js';
import { isBefore } from '../instants.js';
import { personKey, samePerson, type Person } from '../person.js';
import { BreachJournal } from './breach-journal.js';
import { applyBreachAction } from './breach-states.js';
import type { BreachRecord } from './breach.types.js';
import { BreachesRepository } from './breaches.repository.js';

const waiverExpiry = 'limits.waiver-expiry';
const remediationDue = 'limits.remediation-due';

interface BreachTimer {
  readonly breachId: string;
  readonly portfolioId: string;
}

/** What people do about breaches, and what happens when a waiver or a remediation runs out. */
@Injectable()
export class BreachesService {
  constructor(
    private readonly persistence: Persistence,
    private readonly breaches: BreachesRepository,
    private readonly journal: BreachJournal,
    private readonly ladder: LadderService,
    private readonly lock: PortfolioLock,
    private readonly timers: TimerService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Somebody has seen it: the ladder stops. */
  async acknowledge(principal: Principal, breachId: string, reason: string | null): Promise<BreachRecord> {
    return this.change(principal, breachId, async (tx, breach, at) => {
      const after = await this.journal.apply(tx, breach, 'acknowledged', {
        at,
        by: principal.actor,
        reason,
        changes: { acknowledgedBy: principal.actor, acknowledgedAt: at },
      });
      await this.ladder.stop(tx, breach);
      return after;
    });
  }

  /**
   * The excess is accepted for a while, by somebody else than the person who acknowledged it and those who planned its remediation.
   *
   * @throws CodedError `LIMITS.OWN_WAIVER`, `LIMITS.MUST_LIE_AHEAD`
   */
  async waive(
    principal: Principal,
    breachId: string,
    waiver: { readonly expiresAt: Instant; readonly reason: string },
  ): Promise<BreachRecord> {
    return this.change(principal, breachId, async (tx, breach, at) => {
      applyBreachAction(breachId, breach.state, 'waived');
      if (hasActedOn(breach, principal.actor)) throw ownWaiver(breachId);
      if (!isBefore(at, waiver.expiresAt)) throw mustLieAhead('expiresAt', at);
      await this.timers.cancel(tx, remediationDue, breachId);
      const after = await this.journal.apply(tx, breach, 'waived', {
        at,
        by: principal.actor,
        reason: waiver.reason,
        changes: {
          waivedBy: principal.actor,
          waiverExpiresAt: waiver.expiresAt,
          remediationPlan: null,
          remediationDueAt: null,
        },
      });
      await this.schedule(tx, waiverExpiry, after, waiver.expiresAt);
      return after;
    });
  }

  /** A plan with a due date. A second plan replaces the first. @throws CodedError `LIMITS.MUST_LIE_AHEAD` */
  async remediate(
    principal: Principal,
    breachId: string,
    remediation: { readonly plan: string; readonly dueAt: Instant },
  ): Promise<BreachRecord> {
    return this.change(principal, breachId, async (tx, breach, at) => {
      applyBreachAction(breachId, breach.state, 'remediationPlanned');
      if (!isBefore(at, remediation.dueAt)) throw mustLieAhead('dueAt', at);
      await this.timers.cancel(tx, waiverExpiry, breachId);
      const after = await this.journal.apply(tx, breach, 'remediationPlanned', {
        at,
        by: principal.actor,
        reason: remediation.plan,
        changes: {
          remediationPlan: remediation.plan,
          remediationDueAt: remediation.dueAt,
          remediationAuthors: [...new Set([...breach.remediationAuthors, personKey(principal.actor)])],
          waivedBy: null,
          waiverExpiresAt: null,
        },
      });
      await this.schedule(tx, remediationDue, after, remediation.dueAt);
      return after;
    });
  }

  /** Ends a breach: the figure is back inside, or its limit has ended. */
  async resolve(
    tx: Tx,
    breach: BreachRecord,
    at: Instant,
    reason: string,
    changes: Partial<BreachRecord> = {},
  ): Promise<BreachRecord> {
    await this.ladder.stop(tx, breach);
    await this.timers.cancel(tx, waiverExpiry, breach.breachId);
    await this.timers.cancel(tx, remediationDue, breach.breachId);
    return this.journal.apply(tx, breach, 'resolved', { at, by: null, reason, changes });
  }

  /** The excess was accepted until now: it is open again, and the ladder starts again from the bottom. */
  @TimerHandler(waiverExpiry)
  async onWaiverExpiry(timer: FiredTimer<BreachTimer>, { tx }: TimerContext): Promise<void> {
    await this.reopen(tx, timer, 'waived', 'waiverExpired', 'The waiver has expired.', {
      waivedBy: null,
      waiverExpiresAt: null,
    });
  }

  /** The plan's day has come and the figure is still beyond: escalated at once. */
  @TimerHandler(remediationDue)
  async onRemediationDue(timer: FiredTimer<BreachTimer>, { tx }: TimerContext): Promise<void> {
    await this.reopen(
      tx,
      timer,
      'remediating',
      'escalated',
      'The remediation was due and the breach is not resolved.',
      {},
    );
  }

  /** Sets the timers that an unresolved breach runs under, after it was rebuilt. */
  async resume(tx: Tx, breach: BreachRecord): Promise<void> {
    const { state, waiverExpiresAt, remediationDueAt } = breach;
    if (state === 'open') await this.ladder.resume(tx, breach);
    if (state === 'waived' && waiverExpiresAt !== null) await this.schedule(tx, waiverExpiry, breach, waiverExpiresAt);
    if (state === 'remediating' && remediationDueAt !== null)
      await this.schedule(tx, remediationDue, breach, remediationDueAt);
  }

  private async reopen(
    tx: Tx,
    timer: FiredTimer<BreachTimer>,
    expected: BreachRecord['state'],
    action: 'waiverExpired' | 'escalated',
    reason: string,
    changes: Partial<BreachRecord>,
  ): Promise<void> {
    const { breachId, portfolioId } = timer.payload;
    await this.lock.acquire(tx, [portfolioId]);
    const breach = await this.breaches.find(tx, breachId);
    if (breach?.state !== expected) return;
    const reopened = await this.journal.apply(tx, breach, action, {
      at: timer.dueAt,
      by: null,
      reason,
      changes: { ...changes, ladder: breach.ladder + 1, ladderStartedAt: timer.dueAt, escalationStep: 0 },
    });
    await this.ladder.start(tx, reopened, reason);
  }

  private async change(
    principal: Principal,
    breachId: string,
    work: (tx: Tx, breach: BreachRecord, at: Instant) => Promise<BreachRecord>,
  ): Promise<BreachRecord> {
    return this.persistence.transaction(async (tx) => {
      const known = await this.breaches.find(tx, breachId);
      if (known === undefined || !principal.mayRead(known.portfolioId)) throw unknownBreach(breachId);
      await this.lock.acquire(tx, [known.portfolioId]);
      const breach = await this.breaches.find(tx, breachId);
      if (breach === undefined) throw unknownBreach(breachId);
      return work(tx, breach, this.clock.now());
    });
  }

  private async schedule(tx: Tx, kind: string, breach: BreachRecord, dueAt: Instant): Promise<void> {
    const payload: BreachTimer = { breachId: breach.breachId, portfolioId: breach.portfolioId };
    await this.timers.schedule(tx, { kind, key: breach.breachId, dueAt, payload });
  }
}

/** Whether somebody has acknowledged a breach or planned its remediation, so that another person must waive it. */
function hasActedOn({ acknowledgedBy, remediationAuthors }: BreachRecord, who: Person): boolean {
  return (acknowledgedBy !== null && samePerson(acknowledgedBy, who)) || remediationAuthors.includes(personKey(who));
}
