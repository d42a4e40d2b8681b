import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@risk-budget/contracts';
import { Persistence } from '@risk-budget/persistence';
import {
  AuditService,
  CLOCK,
  CONFIG,
  decodeCursor,
  serviceChain,
  toPage,
  type Page,
  type Principal,
} from '@risk-budget/service-kit';
import { escalationPolicyExists, unknownEscalationPolicy, webhookRefused } from '../errors.js';
import { webhookSettings, type LimitsConfig } from '../limits.config.js';
import { isWebhook, targetProblem, type WebhookRules } from '../notifications/webhook-target.js';
import { idPosition, type PageQuery } from '../rest/parameters.js';
import { EscalationPoliciesRepository } from './escalation-policies.repository.js';
import type { EscalationPolicy, EscalationPolicyInput } from './escalation-policy.types.js';

/** Escalation policies: made once, never changed. */
@Injectable()
export class EscalationPoliciesService {
  private readonly webhooks: WebhookRules;

  constructor(
    private readonly persistence: Persistence,
    private readonly policies: EscalationPoliciesRepository,
    private readonly audit: AuditService,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIG) config: LimitsConfig,
  ) {
    this.webhooks = webhookSettings(config);
  }

  /** @throws CodedError `LIMITS.ESCALATION_POLICY_EXISTS`, `LIMITS.WEBHOOK_TARGET_REFUSED` */
  async create(principal: Principal, input: EscalationPolicyInput): Promise<EscalationPolicy> {
    this.checkTargets(input);
    const policy: EscalationPolicy = { ...input, createdBy: principal.actor, createdAt: this.clock.now() };
    return this.persistence.transaction(async (tx) => {
      if (!(await this.policies.insert(tx, policy))) throw escalationPolicyExists(policy.policyId);
      await this.audit.append(tx, {
        chain: serviceChain,
        actor: principal.actor,
        action: 'escalationPolicy.created',
        subject: policy.policyId,
        data: { policy: input },
      });
      return policy;
    });
  }

  async get(policyId: string): Promise<EscalationPolicy> {
    const policy = await this.persistence.transaction((tx) => this.policies.find(tx, policyId));
    if (policy === undefined) throw unknownEscalationPolicy(policyId);
    return policy;
  }

  async list(query: PageQuery): Promise<Page<EscalationPolicy>> {
    const after = decodeCursor(query.cursor, idPosition);
    const size = Number(query.limit);
    const found = await this.persistence.transaction((tx) => this.policies.list(tx, after, size + 1));
    return toPage(
      found,
      size,
      (policy) => policy.policyId,
      (policy) => policy,
    );
  }

  private checkTargets(input: EscalationPolicyInput): void {
    const recipients = [
      ...input.onOpen.map((recipient, index) => [`onOpen[${index}]`, recipient] as const),
      ...input.steps.flatMap((step, index) =>
        step.notify.map((recipient, inner) => [`steps[${index}].notify[${inner}]`, recipient] as const),
      ),
    ];
    for (const [field, recipient] of recipients) {
      const found = isWebhook(recipient) ? targetProblem(recipient, this.webhooks) : undefined;
      if (found !== undefined) throw webhookRefused(field, found.problem, found.allowed);
    }
  }
}
