import { limitProposal, type Instant, type LimitDefinition, type LimitProposal } from '@risk-budget/contracts';
import { nodeIdOf } from '@risk-budget/market-data';
import type { ReceivedEvent } from '@risk-budget/messaging';
import type { LimitOverride, LimitVersion } from '../definitions/limit.types.js';
import { isBefore } from '../instants.js';
import { personKey, thisService, type Person } from '../person.js';

/** The topic tells people by their subject alone; who approved is its event's actor. */
const untold = 'limits.definitions';

type DefinitionEvent = ReceivedEvent<LimitDefinition>;

/** The approved versions of one limit, from everything that was published of it, in order. */
export function rebuiltVersions(events: readonly DefinitionEvent[]): LimitVersion[] {
  const byVersion = new Map<number, DefinitionEvent[]>();
  for (const event of events) {
    const { version } = event.data;
    byVersion.set(version, [...(byVersion.get(version) ?? []), event]);
  }
  const told = [...byVersion].sort(([a], [b]) => a - b).map(([, ofVersion]) => ofVersion);
  return told.flatMap((ofVersion, index) => {
    const first = ofVersion[0];
    const last = ofVersion.at(-1);
    if (first === undefined || last === undefined) return [];
    return rebuiltVersion(first, last, told[index + 1]?.[0]?.occurredAt);
  });
}

/** @param replacedAt when the next version was first told, which is when this one ended */
function rebuiltVersion(first: DefinitionEvent, last: DefinitionEvent, replacedAt: Instant | undefined): LimitVersion {
  const { limitId, version, status, proposedBy, approvedBy } = last.data;
  const proposal = proposalOf(first.data);
  const retires = first.data.status === 'retired';
  const replaced = replacedAt !== undefined && status === 'active';
  return {
    limitId,
    version,
    change: version === 1 ? 'created' : retires ? 'retired' : 'revised',
    status: replaced ? 'superseded' : status,
    proposal,
    nodeId: nodeIdOf(proposal.scope),
    inForceTo: (replaced ? replacedAt : last.data.effectiveTo) ?? null,
    source: 'topic',
    proposedBy: { subject: proposedBy, issuer: untold },
    proposedAt: first.occurredAt,
    editors: [personKey({ subject: proposedBy, issuer: untold })],
    approvedBy: approverOf(first, approvedBy),
    approvedAt: first.occurredAt,
    rejectedBy: null,
    rejectedAt: null,
    rejectionReason: null,
  };
}

function approverOf({ actor }: DefinitionEvent, approvedBy: string | null): Person {
  if (actor !== undefined && actor.subject === approvedBy) return actor;
  return { subject: approvedBy ?? thisService.subject, issuer: `${untold} approval` };
}

function proposalOf({
  version: _v,
  status: _s,
  proposedBy: _p,
  approvedBy: _a,
  overrides: _o,
  ...rest
}: LimitDefinition) {
  const { effectiveTo, ...proposal } = rest;
  // The end of a retirement is no end that was proposed.
  const proposed = effectiveTo !== undefined && isBefore(proposal.effectiveFrom, effectiveTo);
  return limitProposal.parse(proposed ? { ...proposal, effectiveTo } : proposal) satisfies LimitProposal;
}

/** The approved overrides that were running when the limit was told last. */
export function rebuiltOverrides(event: DefinitionEvent): LimitOverride[] {
  const { limitId, portfolioId, overrides = [] } = event.data;
  return overrides.map((override) => ({
    ...override,
    limitId,
    portfolioId,
    status: 'approved',
    reason: 'Rebuilt from the limit’s last definition.',
    proposedBy: { subject: thisService.subject, issuer: untold },
    proposedAt: event.occurredAt,
    approvedBy: approverOf(event, event.actor?.subject ?? null),
    approvedAt: event.occurredAt,
    rejectedBy: null,
    rejectedAt: null,
    rejectionReason: null,
  }));
}
