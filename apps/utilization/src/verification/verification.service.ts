import { Inject, Injectable } from '@nestjs/common';
import type { Clock, UtilizationSnapshot } from '@risk-budget/contracts';
import { BudgetPlanStore, RiskModelStore, seenAt } from '@risk-budget/market-data';
import { CLOCK } from '@risk-budget/service-kit';
import { unwatched } from '../limits/limit-watch.js';
import { PortfolioComputation } from '../snapshots/portfolio-computation.js';
import { assembleSnapshot, nodesOf } from '../snapshots/snapshot-assembly.js';
import { codeVersion } from '../version.js';
import { compareSnapshots } from './snapshot-comparison.js';
import type { VerificationAnswer } from './verification.schemas.js';

/** Computes stored snapshots again from what their lineage names. */
@Injectable()
export class VerificationService {
  constructor(
    private readonly computation: PortfolioComputation,
    private readonly plans: BudgetPlanStore,
    private readonly models: RiskModelStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Rebuilds a snapshot and says whether the stored one agrees. */
  async verify(stored: UtilizationSnapshot): Promise<VerificationAnswer> {
    const rebuilt = await this.rebuild(stored);
    const { compared, largestRelativeDifference, differences } = compareSnapshots(stored, rebuilt);
    return {
      snapshotId: stored.snapshotId,
      verifiedAt: this.clock.now(),
      agrees: differences.length === 0,
      compared,
      largestRelativeDifference,
      differences: differences.slice(0, 100),
      revisedInputs: revisedInputs(stored, rebuilt),
      codeVersion: { stored: stored.lineage.codeVersion, rebuilt: codeVersion },
    };
  }

  /** The snapshot computed anew: its model and policy by name, positions, prices and rates as they were known at its moment. */
  private async rebuild(stored: UtilizationSnapshot): Promise<UtilizationSnapshot> {
    const { portfolioId, asOf, lineage } = stored;
    const at = seenAt(asOf);
    const plan = lineage.planId === null ? null : ((await this.plans.active(portfolioId, at)) ?? null);
    const basis = { plan, policy: lineage.policy, model: await this.models.get(lineage.modelId) };
    const portfolio = await this.computation.evaluate(portfolioId, at, basis);
    return assembleSnapshot(stored, portfolio, nodesOf(portfolio, new Map()), unwatched({}));
  }
}

function revisedInputs(stored: UtilizationSnapshot, rebuilt: UtilizationSnapshot): VerificationAnswer['revisedInputs'] {
  const [was, is] = [stored.lineage, rebuilt.lineage];
  const revised: VerificationAnswer['revisedInputs'] = [];
  if (was.positionSequence !== is.positionSequence) revised.push('positions');
  if (JSON.stringify(marksById(stored)) !== JSON.stringify(marksById(rebuilt))) revised.push('marks');
  const [window, again] = [was.historicalWindow, is.historicalWindow];
  if (window?.start !== again?.start || window?.end !== again?.end || window?.scenarios !== again?.scenarios) {
    revised.push('historicalWindow');
  }
  if (was.planId !== is.planId || was.planVersion !== is.planVersion) revised.push('plan');
  return revised;
}

function marksById({ marks }: UtilizationSnapshot): unknown[] {
  return marks
    .map(({ instrumentId, price, time, rate }) => [instrumentId, price, time, rate] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
