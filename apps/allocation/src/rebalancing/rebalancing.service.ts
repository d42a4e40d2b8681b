import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CodedError, rebalancingWanted, type Instant, type RebalancingWanted } from '@risk-budget/contracts';
import {
  ChangeLog,
  FxStore,
  InstrumentStore,
  MarkStore,
  PortfolioInputsLoader,
  RiskModelStore,
  seenAt,
  type PortfolioInputs,
} from '@risk-budget/market-data';
import { Outbox } from '@risk-budget/messaging';
import { isInfrastructureError, type Tx } from '@risk-budget/persistence';
import { leafNodeId } from '@risk-budget/risk-math';
import { Logger, Metrics } from '@risk-budget/service-kit';
import type { PlanRecord } from '../plans/plans.repository.js';
import { driftsOf, excursions, tradesOf, type HeldLeaf, type LeafDrift, type TargetWeight } from './drift.js';
import { RebalancingRepository } from './rebalancing.repository.js';

/** Holds weights against the targets of the plan in force, and asks for trades when they leave their band. */
@Injectable()
export class RebalancingService {
  private readonly asked;

  constructor(
    private readonly repository: RebalancingRepository,
    private readonly inputs: PortfolioInputsLoader,
    private readonly models: RiskModelStore,
    private readonly instruments: InstrumentStore,
    private readonly marks: MarkStore,
    private readonly rates: FxStore,
    private readonly outbox: Outbox,
    private readonly changes: ChangeLog,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.asked = metrics.counter('risk_budget_rebalancings_total', 'Rebalancings asked for', ['reason']);
  }

  /** A plan has come into force, or its targets were scaled: all trades to them are asked for, however small the distance. */
  async onNewTargets(tx: Tx, plan: PlanRecord, at: Instant, reason: 'activation' | 'adjustment'): Promise<void> {
    const drift = await this.drift(tx, plan, at);
    if (drift === undefined) return;
    const { out } = excursions(drift.leaves, plan.document.rebalancingBand, []);
    await this.repository.setOutOfBand(tx, plan.portfolioId, plan.planId, out);
    await this.ask(tx, plan, at, reason, drift);
  }

  /** Prices or positions have changed: once for each leaf's excursion from its band. */
  async check(tx: Tx, plan: PlanRecord, at: Instant): Promise<void> {
    const drift = await this.drift(tx, plan, at);
    if (drift === undefined) return;
    const before = await this.repository.outOfBand(tx, plan.portfolioId, plan.planId);
    const { out, left } = excursions(drift.leaves, plan.document.rebalancingBand, before);
    await this.repository.setOutOfBand(tx, plan.portfolioId, plan.planId, out);
    if (left.length > 0) await this.ask(tx, plan, at, 'band', drift);
  }

  private async ask(
    tx: Tx,
    plan: PlanRecord,
    at: Instant,
    reason: RebalancingWanted['reason'],
    drift: Drift,
  ): Promise<void> {
    const { trades, turnover } = tradesOf(drift.leaves, drift.nav);
    if (trades.length === 0) return;
    const wanted: RebalancingWanted = {
      rebalancingId: randomUUID(),
      portfolioId: plan.portfolioId,
      planId: plan.planId,
      planVersion: plan.version,
      asOf: at,
      reason,
      trades,
      turnover,
    };
    await this.repository.insert(tx, wanted);
    await this.outbox.emit(tx, rebalancingWanted, { occurredAt: at, data: wanted });
    this.asked.inc({ reason });
  }

  /** Undefined, and said so in the log, when the portfolio cannot be valued: it holds nothing yet, or a price or rate is missing. */
  private drift(tx: Tx, plan: PlanRecord, at: Instant): Promise<Drift | undefined> {
    return this.changes.once(tx, () => this.driftNow(tx, plan, at));
  }

  private async driftNow(tx: Tx, plan: PlanRecord, at: Instant): Promise<Drift | undefined> {
    const { portfolioId, document } = plan;
    if (document.modelId === null) return undefined;
    try {
      const model = await this.models.get(document.modelId, tx);
      const inputs = await this.inputs.load(
        { portfolioId, at: seenAt(at), policy: document.policy, model, historical: false },
        tx,
      );
      const held = [...heldLeaves(inputs), ...(await this.unheld(tx, inputs, document.targetWeights, at))];
      return { leaves: driftsOf(held, document.targetWeights), nav: inputs.nav };
    } catch (error) {
      if (!CodedError.is(error) || isInfrastructureError(error)) throw error;
      this.logger.warn('weights cannot be held against their targets', {
        portfolioId,
        at,
        code: error.code,
        detail: error.detail,
      });
      return undefined;
    }
  }

  /** Targets that nothing is held of; one without a price or rate waits until it has them. */
  private async unheld(
    tx: Tx,
    inputs: PortfolioInputs,
    targets: readonly TargetWeight[],
    at: Instant,
  ): Promise<HeldLeaf[]> {
    const held = new Set(inputs.positions.map((position) => leafNodeId(position.strategy, position.instrumentId)));
    const missing = targets.filter((target) => !held.has(leafNodeId(target.strategy, target.instrumentId)));
    if (missing.length === 0) return [];
    const ids = [...new Set(missing.map((target) => target.instrumentId))];
    const instruments = await this.instruments.find(ids, at, tx);
    const marks = await this.marks.marks(ids, seenAt(at), tx);
    const currencies = [...new Set([...instruments.values()].map((instrument) => instrument.currency))];
    const rates = await this.rates.conversions(currencies, inputs.portfolio.baseCurrency, seenAt(at), tx);
    return missing.flatMap(({ strategy, instrumentId }) => {
      const instrument = instruments.get(instrumentId);
      const price = marks.get(instrumentId)?.price;
      const rate = instrument === undefined ? undefined : rates.get(instrument.currency)?.rate;
      if (instrument === undefined || price === undefined || rate === undefined) return [];
      return [
        { strategy, instrumentId, weight: 0, price, valuePerPrice: Number(instrument.contractMultiplier) * rate },
      ];
    });
  }
}

interface Drift {
  readonly leaves: readonly LeafDrift[];
  readonly nav: number;
}

function heldLeaves({ positions }: PortfolioInputs): HeldLeaf[] {
  return positions.map(({ strategy, instrumentId, weight, price, contractMultiplier, rate }) => ({
    strategy,
    instrumentId,
    weight,
    price,
    valuePerPrice: contractMultiplier * rate,
  }));
}
