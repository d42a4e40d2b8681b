import { randomUUID } from 'node:crypto';
import {
  budgetPlanChanged,
  forecastMade,
  positionsStated,
  rebalancingWanted,
  type BudgetPlanChange,
} from '@risk-budget/contracts';
import { OwnDrifts } from '../../src/evaluation/own-drift.js';
import type { AdjustmentFinding, DynamicPolicyFinding } from '../../src/inputs/rest-findings.js';
import { benchmarkId, policy, type Recorder } from './recorder.js';

/** A portfolio that has a plan, holds next to nothing of what it should, and does not trade. */
const portfolioId = 'PLANNED';

/** A plan whose budgets follow the volatility of the market, one step down. */
export class BudgetFollower {
  private readonly planId = randomUUID();
  private readonly dynamicPolicyId = randomUUID();
  private readonly adjustmentId = randomUUID();

  constructor(
    private readonly recorder: Recorder,
    private readonly approvedAt: string,
  ) {}

  activate(at: string): void {
    this.recorder.publish(positionsStated, '/upstream/portfolio-state', at, {
      ...{ portfolioId, asOf: at, sequence: 1, cash: [{ currency: 'USD', amount: '90000' }] },
      positions: [{ strategy: 'growth', instrumentId: 'AAA', quantity: '100' }],
    });
    this.publish(at, 'activated', 1, 1);
  }

  /** The first look at a forecast: it wants next to nothing, and gets one step. */
  adjust(at: string): void {
    const [made] = this.recorder
      .events()
      .of(forecastMade)
      .filter(({ data }) => data.kind === 'market')
      .slice(-1);
    const forecast = made?.data.forecasts[0]?.volatilities.find(
      ({ method, horizonDays }) => method === 'ewma' && horizonDays === 5,
    );
    this.publish(at, 'adjusted', 2, 0.75, {
      adjustmentId: this.adjustmentId,
      dynamicPolicyId: this.dynamicPolicyId,
      dynamicPolicyVersion: 1,
      ...{ at, factor: 0.75, previousFactor: 1, limitFactor: 0.75, direction: 'reduction', regime: null },
      forecastVolatilityAnnual: forecast?.volatilityAnnual ?? null,
      reason: 'wilder than wanted',
    });
  }

  /** What allocation would answer. */
  findings(): { readonly dynamicPolicies: DynamicPolicyFinding[]; readonly adjustments: AdjustmentFinding[] } {
    const rules = {
      volatility: { kind: 'market', subjectId: benchmarkId, horizonDays: 5, targetAnnual: 0.001 },
      ...{ minimumFactor: 0.5, band: 0.05, maximumStep: 0.25, minimumDwellDays: 20 },
    };
    const { dynamicPolicyId, adjustmentId, approvedAt } = this;
    return {
      dynamicPolicies: [{ dynamicPolicyId, portfolioId, version: 1, rules, approvedAt, endedAt: null }],
      adjustments: [{ adjustmentId, wantedFactor: 0.5, limitsFollowedBy: null }],
    };
  }

  private publish(
    at: string,
    change: BudgetPlanChange['change'],
    version: number,
    factor: number,
    adjustment?: BudgetPlanChange['adjustment'],
  ): void {
    const total = 0.2 * factor;
    const targetWeights = [{ strategy: 'growth', instrumentId: 'AAA', weight: 0.5 * factor }];
    this.recorder.publish(budgetPlanChanged, '/risk-budget/allocation', at, {
      ...{ planId: this.planId, portfolioId, version, change, status: 'active', effectiveFrom: at, policy },
      ...{ method: 'equalWeight', rebalancingBand: 0.01, modelId: null, proposedBy: 'rita', approvedBy: 'anna' },
      trees: [
        {
          ...{ measure: 'volatility', total, reserve: 0, accuracy: null },
          nodes: [
            {
              ...{ nodeId: 'portfolio', parentId: null, kind: 'portfolio', share: 1 },
              ...{ budget: total, targetConsumption: total },
            },
          ],
        },
      ],
      targetWeights,
      ...(adjustment === undefined ? {} : { adjustment }),
    });
    this.askForTrades(at, version, targetWeights, change === 'activated' ? 'activation' : 'adjustment');
  }

  private askForTrades(
    asOf: string,
    planVersion: number,
    targetWeights: BudgetPlanChange['targetWeights'],
    reason: 'activation' | 'adjustment',
  ): void {
    const own = new OwnDrifts(this.recorder.context()).at({ portfolioId, targetWeights }, asOf, '9999');
    const drift = own?.leaves.get('growth/AAA');
    if (own === undefined || drift === undefined) throw new Error('there is nothing to trade');
    const { price, units, weight: currentWeight, target: targetWeight } = drift;
    const quantity = Math.round(units);
    this.recorder.publish(rebalancingWanted, '/risk-budget/allocation', asOf, {
      ...{ rebalancingId: randomUUID(), portfolioId, planId: this.planId, planVersion, asOf, reason },
      trades: [
        {
          ...{ strategy: 'growth', instrumentId: 'AAA', quantityChange: String(quantity), price: String(price) },
          ...{ currentWeight, targetWeight },
        },
      ],
      turnover: Math.abs(quantity * price) / own.nav / 2,
    });
  }
}
