import { Injectable } from '@nestjs/common';
import { defaultRiskPolicy, type RiskPolicy } from '@risk-budget/contracts';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';
import { canonicalJson } from '@risk-budget/service-kit';
import { AllocationError } from '../errors.js';
import { PlansRepository } from './plans.repository.js';

/** Risk policies: each id and version of a portfolio means one thing for ever, because models are found by them. */
@Injectable()
export class PolicyService {
  constructor(private readonly plans: PlansRepository) {}

  /** The policy of the active plan, or the named default. */
  async inForce(tx: Tx, portfolioId: string): Promise<RiskPolicy> {
    return (await this.plans.active(tx, portfolioId))?.document.policy ?? defaultRiskPolicy;
  }

  /** Puts a policy on record. @throws AllocationError `POLICY_VERSION_REUSED` */
  async register(tx: Tx, portfolioId: string, policy: RiskPolicy): Promise<void> {
    const known = await this.find(tx, portfolioId, policy);
    if (known === undefined) {
      await executeLater(
        tx,
        `INSERT INTO policy_version (portfolio_id, policy_id, version, policy) VALUES ($1, $2, $3, $4::jsonb)
         ON CONFLICT (portfolio_id, policy_id, version) DO NOTHING`,
        [portfolioId, policy.policyId, policy.version, JSON.stringify(policy)],
      );
    }
    const recorded = known ?? (await this.find(tx, portfolioId, policy));
    if (canonicalJson(recorded) === canonicalJson(policy)) return;
    throw new AllocationError(
      'ALLOCATION.POLICY_VERSION_REUSED',
      `Version ${policy.version} of the policy '${policy.policyId}' is on record with other contents.`,
      [{ field: 'policy.version', problem: 'is taken by other contents', allowed: 'a version that is not used yet' }],
    );
  }

  private async find(tx: Tx, portfolioId: string, { policyId, version }: RiskPolicy): Promise<RiskPolicy | undefined> {
    if (policyId === defaultRiskPolicy.policyId && version === defaultRiskPolicy.version) return defaultRiskPolicy;
    const [row] = await rows<{ policy: RiskPolicy }>(
      tx,
      'SELECT policy FROM policy_version WHERE portfolio_id = $1 AND policy_id = $2 AND version = $3',
      [portfolioId, policyId, version],
    );
    return row?.policy;
  }
}
