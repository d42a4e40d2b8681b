import { Inject, Injectable } from '@nestjs/common';
import { type Clock, type LimitProposal } from '@risk-budget/contracts';
import { nodeIdOf, PortfolioStore } from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import { AuditService, canonicalJson, CLOCK, normalInstant } from '@risk-budget/service-kit';
import {
  badLimit,
  limitExists,
  limitTransitionRefused,
  overlappingLimit,
  unknownEscalationPolicy,
  unknownLimit,
  unknownPortfolio,
} from '../errors.js';
import { EscalationPoliciesRepository } from '../escalation/escalation-policies.repository.js';
import { proposalProblems } from '../evaluation/measure-levels.js';
import { PortfolioLock } from '../evaluation/portfolio-lock.js';
import { personKey, type Person } from '../person.js';
import { versionAt } from './limit-record.js';
import { applyLimitAction } from './limit-states.js';
import type { LimitHead, LimitVersion, ProposalSource, VersionChange } from './limit.types.js';
import { LimitsRepository } from './limits.repository.js';

/** By whom and by which door a proposal came. */
export interface ProposalOrigin {
  readonly by: Person;
  readonly source: ProposalSource;
}

/** What a proposal did. `unchanged`: the limit was proposed, or is in force, with the same content already. */
export interface ProposalOutcome {
  readonly version: LimitVersion;
  readonly outcome: 'proposed' | 'revised' | 'unchanged';
}

/** What a revision must leave as it is: with another of these it is another limit. */
const identityFields = ['portfolioId', 'measure', 'budgetMeasure', 'scenarioId', 'direction', 'severity'] as const;

/**
 * Proposals: however they come in, they wait for the approval of somebody who has not written them. Nothing here changes what is in
 * force.
 */
@Injectable()
export class ProposalsService {
  constructor(
    private readonly limits: LimitsRepository,
    private readonly policies: EscalationPoliciesRepository,
    private readonly portfolios: PortfolioStore,
    private readonly lock: PortfolioLock,
    private readonly audit: AuditService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A new limit. @throws ConflictError `LIMITS.LIMIT_EXISTS` when the id is taken */
  async propose(tx: Tx, proposal: LimitProposal, origin: ProposalOrigin): Promise<LimitVersion> {
    await this.check(tx, proposal);
    await this.lock.acquire(tx, [proposal.portfolioId]);
    const isNew = await this.limits.insertHead(tx, proposal, this.clock.now());
    if (!isNew) throw limitExists(proposal.limitId);
    return this.add(tx, proposal, 'created', origin, []);
  }

  /** A new limit, or a new version of the one that has its id: what a file or a topic wants. Saying the same twice changes nothing. */
  async proposeOrRevise(tx: Tx, proposal: LimitProposal, origin: ProposalOrigin): Promise<ProposalOutcome> {
    const head = await this.limits.head(tx, proposal.limitId);
    if (head === undefined) return { version: await this.propose(tx, proposal, origin), outcome: 'proposed' };
    if (head.portfolioId !== proposal.portfolioId) throw limitExists(proposal.limitId);
    await this.lock.acquire(tx, [head.portfolioId]);
    const last = (await this.limits.versions(tx, [proposal.limitId])).at(-1);
    if (last !== undefined && says(last, proposal)) return { version: last, outcome: 'unchanged' };
    return { version: await this.revise(tx, proposal, origin), outcome: 'revised' };
  }

  /**
   * A new version. It takes the place of one that waits for approval, and whoever wrote that one counts as an editor of this one.
   *
   * @throws CodedError `LIMITS.BAD_LIMIT` when it would make another limit of it
   */
  async revise(tx: Tx, proposal: LimitProposal, origin: ProposalOrigin): Promise<LimitVersion> {
    await this.check(tx, proposal);
    await this.lock.acquire(tx, [proposal.portfolioId]);
    const versions = await this.limits.versions(tx, [proposal.limitId]);
    const last = versions.at(-1);
    if (last === undefined) throw unknownLimit(proposal.limitId);
    refuseAnotherLimit(last.proposal, proposal);
    return this.add(tx, proposal, 'revised', origin, versions);
  }

  /** A version that ends the limit. @throws ConflictError `LIMITS.LIMIT_TRANSITION_REFUSED` when nothing is in force */
  async retire(tx: Tx, head: LimitHead, reason: string, origin: ProposalOrigin): Promise<LimitVersion> {
    await this.lock.acquire(tx, [head.portfolioId]);
    const versions = await this.limits.versions(tx, [head.limitId]);
    const current =
      versionAt(versions, this.clock.now()) ?? versions.filter((version) => version.status === 'active').at(-1);
    if (current === undefined) {
      throw limitTransitionRefused(head.limitId, versions.at(-1)?.status ?? 'proposed', 'retire', []);
    }
    return this.add(tx, { ...current.proposal, reason }, 'retired', origin, versions);
  }

  private async check(tx: Tx, proposal: LimitProposal): Promise<void> {
    const problems = proposalProblems(proposal);
    if (problems.length > 0) throw badLimit(problems);
    const portfolio = await this.portfolios.find(proposal.portfolioId, undefined, tx);
    if (portfolio === undefined) throw unknownPortfolio(proposal.portfolioId);
    const { escalationPolicyId } = proposal;
    if (escalationPolicyId !== undefined && (await this.policies.find(tx, escalationPolicyId)) === undefined) {
      throw unknownEscalationPolicy(escalationPolicyId);
    }
  }

  private async add(
    tx: Tx,
    proposal: LimitProposal,
    change: VersionChange,
    origin: ProposalOrigin,
    versions: readonly LimitVersion[],
  ): Promise<LimitVersion> {
    const nodeId = nodeIdOf(proposal.scope);
    const other = change === 'retired' ? undefined : await this.limits.overlapping(tx, proposal, nodeId);
    if (other !== undefined) throw overlappingLimit(proposal.limitId, other);
    const waiting = versions.find((version) => version.status === 'proposed');
    if (waiting !== undefined) {
      const status = applyLimitAction(waiting.limitId, waiting.status, 'replace');
      await this.limits.updateDecision(tx, { ...waiting, status });
    }
    const version: LimitVersion = {
      limitId: proposal.limitId,
      version: (versions.at(-1)?.version ?? 0) + 1,
      change,
      status: 'proposed',
      proposal,
      nodeId,
      inForceTo: null,
      source: origin.source,
      proposedBy: origin.by,
      proposedAt: this.clock.now(),
      editors: [...new Set([...(waiting?.editors ?? []), personKey(origin.by)])],
      approvedBy: null,
      approvedAt: null,
      rejectedBy: null,
      rejectedAt: null,
      rejectionReason: null,
    };
    await this.limits.insertVersion(tx, version);
    if (versions.length > 0) await this.limits.touch(tx, proposal.limitId);
    await this.audit.append(tx, {
      chain: proposal.portfolioId,
      actor: origin.by,
      action: `limit.${change === 'created' ? 'proposed' : change === 'revised' ? 'revisionProposed' : 'retirementProposed'}`,
      subject: proposal.limitId,
      data: { version: version.version, source: origin.source, proposal },
    });
    return version;
  }
}

/** Whether a version that waits or is in force has exactly this content. */
function says(version: LimitVersion, proposal: LimitProposal): boolean {
  const open = (version.status === 'proposed' || version.status === 'active') && version.change !== 'retired';
  return open && comparable(version.proposal) === comparable(proposal);
}

function comparable(proposal: LimitProposal): string {
  const { effectiveFrom, effectiveTo } = proposal;
  return canonicalJson({
    ...proposal,
    effectiveFrom: normalInstant(effectiveFrom),
    ...(effectiveTo === undefined ? {} : { effectiveTo: normalInstant(effectiveTo) }),
  });
}

function refuseAnotherLimit(before: LimitProposal, now: LimitProposal): void {
  const changed = identityFields.filter((field) => before[field] !== now[field]);
  const fields: string[] = nodeIdOf(before.scope) === nodeIdOf(now.scope) ? changed : [...changed, 'scope'];
  if (fields.length === 0) return;
  throw badLimit(
    fields.map((field) => ({
      field,
      problem: 'a revision keeps it; retire this limit and propose another one',
      allowed: JSON.stringify(before[field as keyof LimitProposal] ?? null),
    })),
  );
}
