import type { PlanSummary, PlanView } from './plan.schemas.js';
import type { PlanRecord } from './plans.repository.js';

/** A plan as it is answered. */
export function viewOf(plan: PlanRecord): PlanView {
  const { editors, approver } = plan.people;
  const [proposer = { subject: '', issuer: '' }] = editors;
  return {
    ...plan.document,
    allocationId: plan.allocationId,
    proposer,
    editors,
    approver,
    draftedAt: plan.draftedAt,
    approvedAt: plan.approvedAt,
    activatedAt: plan.activatedAt,
    endedAt: plan.endedAt,
    awaitsModel: plan.awaitsModel,
  };
}

/** A plan in a list: its trees without their nodes. */
export function summaryOf(plan: PlanRecord): PlanSummary {
  const { policy, trees, targetWeights: _, ...rest } = viewOf(plan);
  return {
    ...rest,
    policyId: policy.policyId,
    policyVersion: policy.version,
    trees: trees.map(({ measure, total, reserve, nodes }) => ({ measure, total, reserve, nodes: nodes.length })),
  };
}
