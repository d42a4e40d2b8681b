import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { BudgetTree, Clock, FieldProblem } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import { AuditService, CLOCK, nextState, type Principal } from '@risk-budget/service-kit';
import { AllocationError } from '../errors.js';
import { PlanWriter } from '../plans/plan-writer.js';
import type { DecisionBody, TransferBody, TransferView } from '../plans/plan.schemas.js';
import { PlansRepository, type PlanRecord } from '../plans/plans.repository.js';
import { requireAction } from '../plans/plans.service.js';
import { transferred } from '../trees/transfer.js';
import { transferMachine, type TransferAction } from './transfer-states.js';
import { TransfersRepository } from './transfers.repository.js';

/** Budget moved between siblings of the plan in force: proposed by one person, approved by another. */
@Injectable()
export class TransfersService {
  constructor(
    private readonly plans: PlansRepository,
    private readonly transfers: TransfersRepository,
    private readonly writer: PlanWriter,
    private readonly audit: AuditService,
    private readonly persistence: Persistence,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Checked now, and again at its approval, for the plan may have changed between. */
  async propose(portfolioId: string, planId: string, body: TransferBody, principal: Principal): Promise<TransferView> {
    return this.persistence.transaction(async (tx) => {
      await this.plans.lock(tx, portfolioId);
      const plan = await this.plans.get(portfolioId, planId, tx);
      requireAction(plan, 'transfer');
      treesAfter(plan, body);
      const transfer: TransferView = {
        transferId: randomUUID(),
        planId,
        portfolioId,
        ...body,
        status: 'proposed',
        proposer: { ...principal.actor },
        approver: null,
        proposedAt: this.clock.now(),
        decidedAt: null,
        planVersion: null,
      };
      await this.transfers.insert(tx, transfer);
      await this.record(tx, transfer, principal);
      return transfer;
    });
  }

  async approve(ids: TransferIds, decision: DecisionBody, principal: Principal): Promise<TransferView> {
    return this.decide(ids, 'approve', principal, async (tx, plan, transfer) => {
      requireAnother(transfer, principal);
      requireAction(plan, 'transfer');
      const at = this.clock.now();
      const changed = await this.writer.write(tx, plan, {
        change: 'transferred',
        status: 'active',
        actor: principal.actor,
        at,
        reason: decision.reason ?? transfer.reason,
        document: { trees: treesAfter(plan, transfer) },
      });
      return {
        ...transfer,
        status: 'approved',
        approver: { ...principal.actor },
        decidedAt: at,
        planVersion: changed.version,
      };
    });
  }

  async reject(ids: TransferIds, principal: Principal): Promise<TransferView> {
    return this.decide(ids, 'reject', principal, async (_tx, _plan, transfer) => {
      requireAnother(transfer, principal);
      return Promise.resolve({ ...transfer, status: 'rejected', decidedAt: this.clock.now() });
    });
  }

  async withdraw(ids: TransferIds, principal: Principal): Promise<TransferView> {
    return this.decide(ids, 'withdraw', principal, async (_tx, _plan, transfer) =>
      Promise.resolve({ ...transfer, status: 'withdrawn', decidedAt: this.clock.now() }),
    );
  }

  private decide(
    { portfolioId, planId, transferId }: TransferIds,
    action: TransferAction,
    principal: Principal,
    work: (tx: Tx, plan: PlanRecord, transfer: TransferView) => Promise<TransferView>,
  ): Promise<TransferView> {
    return this.persistence.transaction(async (tx) => {
      await this.plans.lock(tx, portfolioId);
      const plan = await this.plans.get(portfolioId, planId, tx);
      const transfer = await this.transfers.get(portfolioId, planId, transferId, tx);
      if (nextState(transferMachine, transfer.status, action) === undefined) {
        throw new AllocationError(
          'ALLOCATION.WRONG_STATE',
          `The transfer '${transferId}' is ${transfer.status}, which does not allow '${action}'.`,
        );
      }
      const decided = await work(tx, plan, transfer);
      await this.transfers.update(tx, decided);
      await this.record(tx, decided, principal);
      return decided;
    });
  }

  private async record(tx: Tx, transfer: TransferView, principal: Principal): Promise<void> {
    await this.audit.append(tx, {
      chain: transfer.portfolioId,
      actor: principal.actor,
      action: `transfer.${transfer.status}`,
      subject: transfer.transferId,
      data: { transfer },
      occurredAt: transfer.decidedAt ?? transfer.proposedAt,
    });
  }
}

/** Names a transfer. */
export interface TransferIds {
  readonly portfolioId: string;
  readonly planId: string;
  readonly transferId: string;
}

/** The plan's trees after a transfer; targets stay, for the target weights do. @throws AllocationError `INVALID_TRANSFER` */
function treesAfter({ document }: PlanRecord, transfer: TransferBody): BudgetTree[] {
  const tree = document.trees.find((one) => one.measure === transfer.measure);
  if (tree === undefined) {
    const measures = document.trees.map((one) => one.measure).join(', ');
    throw invalid([{ field: 'measure', problem: 'the plan has no tree of this measure', allowed: measures }]);
  }
  const after = transferred(tree.nodes, transfer);
  if ('problems' in after) throw invalid(after.problems);
  const shares = new Map(after.nodes.map((node) => [node.nodeId, node.share]));
  const nodes = tree.nodes.map((node) => {
    const share = shares.get(node.nodeId) ?? node.share;
    return { ...node, share, budget: share * tree.total };
  });
  return document.trees.map((one) => (one === tree ? { ...tree, nodes } : one));
}

function requireAnother(transfer: TransferView, principal: Principal): void {
  if (!principal.isSameAs(transfer.proposer)) return;
  throw new AllocationError('ALLOCATION.OWN_APPROVAL', 'Whoever proposed a transfer does not decide on it.');
}

function invalid(problems: readonly FieldProblem[]): AllocationError {
  return new AllocationError('ALLOCATION.INVALID_TRANSFER', 'This transfer cannot be made.', problems);
}
