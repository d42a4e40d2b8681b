import { Injectable } from '@nestjs/common';
import { CodedError, type BudgetPlan, type PortfolioMetrics, type RiskPolicy } from '@risk-budget/contracts';
import {
  BudgetPlanStore,
  PortfolioInputsLoader,
  portfolioMetricsOf,
  RiskModelStore,
  seenAt,
  type LoadedRiskModel,
  type PortfolioInputs,
} from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import { evaluatePortfolio, type PortfolioEvaluation } from '@risk-budget/risk-math';
import { asCodedError, AttributionError } from '../errors.js';
import type { StoredSnapshot } from './stored-snapshot.js';

/** A snapshot computed again from what it rests on. */
export interface RebuiltPortfolio {
  readonly snapshot: StoredSnapshot;
  readonly inputs: PortfolioInputs;
  readonly evaluation: PortfolioEvaluation;
  /** The plan that the snapshot names; null when it names none. */
  readonly plan: BudgetPlan | null;
}

/** Portfolios kept ready; the least recently used goes first. */
const CAPACITY = 16;

/** Differences below this, relative, are rounding: the same numbers summed in another order. */
const ROUNDING = 1e-9;

/** Computes snapshots again by their lineage, and refuses where that does not give their figures. */
@Injectable()
export class Rebuilder {
  private readonly ready = new Map<string, RebuiltPortfolio>();

  constructor(
    private readonly loader: PortfolioInputsLoader,
    private readonly models: RiskModelStore,
    private readonly plans: BudgetPlanStore,
  ) {}

  /** @throws AttributionError `INPUT_GONE`, `NOT_REBUILT`, `NOT_DEFINED` */
  async rebuild(snapshot: StoredSnapshot, tx?: Tx): Promise<RebuiltPortfolio> {
    const { snapshotId } = snapshot;
    const rebuilt = this.ready.get(snapshotId) ?? (await this.compute(snapshot, tx));
    this.ready.delete(snapshotId);
    this.ready.set(snapshotId, rebuilt);
    const [oldest] = this.ready.keys();
    if (this.ready.size > CAPACITY && oldest !== undefined) this.ready.delete(oldest);
    return rebuilt;
  }

  /**
   * The inputs alone, with stand-ins for instruments that the model lacks, under the snapshot's own policy and model or others.
   *
   * @throws AttributionError `INPUT_GONE`
   */
  async inputs(
    snapshot: StoredSnapshot,
    alsoModelled: readonly string[],
    tx?: Tx,
    other?: { readonly policy: RiskPolicy; readonly model: LoadedRiskModel },
  ): Promise<PortfolioInputs> {
    const { portfolioId, asOf, lineage, marks, positionSequence } = snapshot;
    try {
      const inputs = await this.loader.load(
        {
          ...{ portfolioId, at: seenAt(asOf), policy: other?.policy ?? lineage.policy, alsoModelled },
          model: other?.model ?? (await this.models.get(lineage.modelId, tx)),
          lineage: { positionSequence, marks },
        },
        tx,
      );
      if (inputs.positionSequence === positionSequence) return inputs;
      throw gone(snapshot, `position statement ${positionSequence} is not here`);
    } catch (error) {
      if (CodedError.is(error) && error.code.startsWith('MARKET_DATA.')) throw gone(snapshot, error.detail, error);
      throw error;
    }
  }

  private async compute(snapshot: StoredSnapshot, tx: Tx | undefined): Promise<RebuiltPortfolio> {
    const inputs = await this.inputs(snapshot, [], tx);
    const plan = await this.plan(snapshot, tx);
    const evaluation = evaluated(inputs);
    requireSame(snapshot, { nav: inputs.nav, metrics: portfolioMetricsOf(evaluation, inputs.daysToLiquidate) });
    return { snapshot, inputs, evaluation, plan };
  }

  /** The plan that the snapshot names. @throws AttributionError `INPUT_GONE` */
  async plan(snapshot: StoredSnapshot, tx?: Tx): Promise<BudgetPlan | null> {
    const { portfolioId, planId, planVersion } = snapshot;
    if (planId === null || planVersion === null) return null;
    const plan = await this.plans.version(portfolioId, planId, planVersion, tx);
    if (plan === undefined) throw gone(snapshot, `version ${planVersion} of the plan ${planId} is not here`);
    return plan;
  }
}

/** @throws AttributionError `NOT_DEFINED` where the mathematics refuses */
function evaluated(inputs: PortfolioInputs): PortfolioEvaluation {
  try {
    return evaluatePortfolio(inputs.evaluation);
  } catch (error) {
    throw asCodedError(error);
  }
}

const compared: readonly (keyof PortfolioMetrics)[] = [
  'volatilityAnnual',
  'var',
  'es',
  'historicalVar',
  'historicalEs',
  'trackingErrorAnnual',
  'gross',
  'net',
];

function requireSame(
  snapshot: StoredSnapshot,
  found: { readonly nav: number; readonly metrics: PortfolioMetrics },
): void {
  const differing = compared.filter((name) => !isSame(snapshot.metrics[name], found.metrics[name]));
  if (differing.length === 0 && isSame(snapshot.nav, found.nav)) return;
  const names = differing.length === 0 ? 'the net asset value' : differing.join(', ');
  throw new AttributionError(
    'ATTRIBUTION.NOT_REBUILT',
    `The snapshot ${snapshot.snapshotId} is not found again from what is stored: ${names} differ.`,
  );
}

function isSame(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= ROUNDING * Math.max(Math.abs(a), Math.abs(b)) + 1e-15;
}

function gone({ snapshotId }: StoredSnapshot, what: string, cause?: unknown): AttributionError {
  return new AttributionError('ATTRIBUTION.INPUT_GONE', `The snapshot ${snapshotId} cannot be rebuilt: ${what}`, {
    cause,
  });
}
