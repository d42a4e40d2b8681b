import { Injectable } from '@nestjs/common';
import type { Instant } from '@risk-budget/contracts';
import { businessCalendar, PortfolioStore, type BusinessCalendar } from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import { TimerHandler, TimerService, type FiredTimer, type TimerContext } from '@risk-budget/service-kit';
import { BreachJournal } from '../breaches/breach-journal.js';
import type { BreachRecord } from '../breaches/breach.types.js';
import { BreachesRepository } from '../breaches/breaches.repository.js';
import { unknownEscalationPolicy } from '../errors.js';
import { PortfolioLock } from '../evaluation/portfolio-lock.js';
import { NotificationsService } from '../notifications/notifications.service.js';
import { EscalationPoliciesRepository } from './escalation-policies.repository.js';
import type { EscalationPolicy } from './escalation-policy.types.js';
import { stepDeadline } from './ladder.js';

const escalation = 'limits.escalation';
const defaultCalendar = 'XNYS';

interface EscalationTimer {
  readonly breachId: string;
  readonly portfolioId: string;
  readonly ladder: number;
  readonly step: number;
}

/**
 * Climbs the ladder of an open breach: one step at each deadline until somebody acknowledges it. A waiver and a remediation plan keep it
 * stopped; when they run out it starts again from the bottom. Each step is a timer of its own, so that it survives a restart and never
 * fires twice.
 */
@Injectable()
export class LadderService {
  /** Policies by id: they are never changed. */
  private readonly known = new Map<string, EscalationPolicy>();

  constructor(
    private readonly policies: EscalationPoliciesRepository,
    private readonly breaches: BreachesRepository,
    private readonly journal: BreachJournal,
    private readonly notifications: NotificationsService,
    private readonly portfolios: PortfolioStore,
    private readonly lock: PortfolioLock,
    private readonly timers: TimerService,
  ) {}

  /** Tells those whom the policy names for an opening and sets the first deadline. */
  async start(tx: Tx, breach: BreachRecord, what: string): Promise<void> {
    const policy = await this.policyOf(tx, breach);
    await this.notifications.notify(tx, breach, {
      step: 0,
      recipients: policy.onOpen,
      at: breach.ladderStartedAt,
      what,
    });
    await this.scheduleNext(tx, breach, policy);
  }

  /** Tells those whom the policy names for an opening of something else, whatever the breach's state; deadlines stay as they are. */
  async tell(tx: Tx, breach: BreachRecord, at: Instant, what: string): Promise<void> {
    const { onOpen } = await this.policyOf(tx, breach);
    await this.notifications.notify(tx, breach, { step: breach.escalationStep, recipients: onOpen, at, what });
  }

  /** Sets the next deadline of an open breach that was rebuilt, and tells nobody. */
  async resume(tx: Tx, breach: BreachRecord): Promise<void> {
    await this.scheduleNext(tx, breach, await this.policyOf(tx, breach));
  }

  async stop(tx: Tx, breach: BreachRecord): Promise<void> {
    await this.timers.cancel(tx, escalation, timerKey(breach, breach.escalationStep + 1));
  }

  @TimerHandler(escalation)
  async onDeadline(timer: FiredTimer<EscalationTimer>, { tx }: TimerContext): Promise<void> {
    const { breachId, portfolioId, ladder, step } = timer.payload;
    await this.lock.acquire(tx, [portfolioId]);
    const breach = await this.breaches.find(tx, breachId);
    if (breach === undefined || breach.state !== 'open') return;
    if (breach.ladder !== ladder || breach.escalationStep !== step - 1) return;
    const policy = await this.policyOf(tx, breach);
    const rung = policy.steps[step - 1];
    if (rung === undefined) return;
    const reason = `Not acknowledged within ${rung.afterBusinessHours} business hours.`;
    const climbed = await this.journal.apply(tx, breach, 'escalated', {
      at: timer.dueAt,
      by: null,
      reason,
      changes: { escalationStep: step },
    });
    await this.notifications.notify(tx, climbed, { step, recipients: rung.notify, at: timer.dueAt, what: reason });
    await this.scheduleNext(tx, climbed, policy);
  }

  private async scheduleNext(tx: Tx, breach: BreachRecord, policy: EscalationPolicy): Promise<void> {
    const step = breach.escalationStep + 1;
    const dueAt = stepDeadline(policy, step, breach.ladderStartedAt, await this.calendar(tx, breach.portfolioId));
    if (dueAt === undefined) return;
    const payload: EscalationTimer = {
      breachId: breach.breachId,
      portfolioId: breach.portfolioId,
      ladder: breach.ladder,
      step,
    };
    await this.timers.schedule(tx, { kind: escalation, key: timerKey(breach, step), dueAt, payload });
  }

  private async policyOf(tx: Tx, { escalationPolicyId }: BreachRecord): Promise<EscalationPolicy> {
    const policy = this.known.get(escalationPolicyId) ?? (await this.policies.find(tx, escalationPolicyId));
    if (policy === undefined) throw unknownEscalationPolicy(escalationPolicyId);
    this.known.set(escalationPolicyId, policy);
    return policy;
  }

  private async calendar(tx: Tx, portfolioId: string): Promise<BusinessCalendar> {
    const portfolio = await this.portfolios.find(portfolioId, undefined, tx);
    return businessCalendar(portfolio?.calendar ?? defaultCalendar);
  }
}

function timerKey(breach: BreachRecord, step: number): string {
  return `${breach.breachId}/${breach.ladder}/${step}`;
}
