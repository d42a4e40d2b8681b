import { createHash, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  riskModelPublished,
  type Actor,
  type Instant,
  type Portfolio,
  type RiskModel,
  type RiskPolicy,
} from '@risk-budget/contracts';
import {
  AlignedReturnsService,
  BudgetPlanStore,
  ChangeLog,
  InstrumentStore,
  PortfolioStore,
  RiskModelStore,
  seenAt,
  type AlignedReturns,
} from '@risk-budget/market-data';
import { Outbox } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { kernelName } from '@risk-budget/risk-math';
import { AuditService, canonicalJson, Logger, Metrics } from '@risk-budget/service-kit';
import { asForecastingError, ForecastingError } from '../errors.js';
import { CODE_VERSION } from '../version.js';
import { assembleModel, estimationInput } from './model-assembly.js';
import { ModelEstimatesRepository } from './model-estimates.repository.js';
import { ModelEstimator } from './model-estimator.js';
import { summaryOf } from './model-views.js';
import type { EstimateCause, RiskModelSummary } from './risk-model.schemas.js';

/** A model wanted. */
export interface EstimateRequest {
  readonly portfolioId: string;
  /** Business time of the estimate: nothing learned later is in it. */
  readonly at: Instant;
  readonly cause: EstimateCause;
  readonly requestedBy?: Actor;
  readonly reason?: string | undefined;
  /** Refuses an estimate of more operations than this. */
  readonly maximumOperations?: number;
}

/** A model that is estimated and not published yet. */
export interface PreparedModel {
  readonly request: EstimateRequest;
  readonly model: RiskModel;
  readonly summary: RiskModelSummary;
}

interface Inputs {
  readonly portfolio: Portfolio;
  readonly policy: RiskPolicy;
  readonly aligned: AlignedReturns;
  readonly hash: string;
}

/** Estimates, stores and publishes risk models. */
@Injectable()
export class RiskModelsService {
  private readonly published;
  private readonly duration;

  constructor(
    private readonly portfolios: PortfolioStore,
    private readonly instruments: InstrumentStore,
    private readonly returns: AlignedReturnsService,
    private readonly plans: BudgetPlanStore,
    private readonly models: RiskModelStore,
    private readonly estimates: ModelEstimatesRepository,
    private readonly estimator: ModelEstimator,
    private readonly outbox: Outbox,
    private readonly audit: AuditService,
    private readonly changes: ChangeLog,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.published = metrics.counter('risk_budget_risk_models_total', 'Risk models published', ['cause', 'form']);
    this.duration = metrics.histogram('risk_budget_risk_model_seconds', 'Time to estimate a risk model');
  }

  /**
   * Estimates a model by the portfolio's policy and publishes it, in the caller's transaction.
   *
   * @throws as {@link prepare}
   */
  async estimate(tx: Tx, request: EstimateRequest): Promise<RiskModelSummary> {
    const prepared = await this.prepare(tx, request);
    await this.publish(tx, prepared);
    return prepared.summary;
  }

  /**
   * Estimates a model by the portfolio's policy and writes nothing.
   *
   * @throws ForecastingError, MarketDataError: the model in force stays in force
   */
  async prepare(tx: Tx, request: EstimateRequest): Promise<PreparedModel> {
    const inputs = await this.changes.once(tx, () => this.inputs(tx, request));
    requireShort(inputs, request.maximumOperations);
    const model = await this.compute(inputs, request);
    const summary = summaryOf(model, {
      cause: request.cause,
      requestedBy: request.requestedBy ?? null,
      inputHash: inputs.hash,
      unavailable: inputs.aligned.unavailable,
    });
    return { request, model, summary };
  }

  /** Stores a prepared model and emits it. */
  async publish(tx: Tx, { request, model, summary }: PreparedModel): Promise<void> {
    await this.write(tx, model, summary, request);
    this.published.inc({ cause: request.cause, form: model.form });
    this.logger.info('risk model published', {
      portfolioId: model.portfolioId,
      modelId: model.modelId,
      policyId: model.policy.policyId,
      cause: request.cause,
      repairs: model.repairs.length,
      unavailable: summary.unavailable,
    });
  }

  /** Whether the model in force rests on exactly the same inputs. */
  async isInForce(tx: Tx, { request, summary }: PreparedModel): Promise<boolean> {
    return (await this.estimates.latest(request.portfolioId, request.at, tx))?.inputHash === summary.inputHash;
  }

  /** Whether the model in force at a moment was estimated by a policy. */
  async isOfPolicy(tx: Tx, portfolioId: string, policy: RiskPolicy, at: Instant): Promise<boolean> {
    const inForce = await this.estimates.latest(portfolioId, at, tx);
    return inForce?.policyId === policy.policyId && inForce.policyVersion === policy.version;
  }

  private async inputs(tx: Tx, { portfolioId, at }: EstimateRequest): Promise<Inputs> {
    const portfolio = await this.portfolios.get(portfolioId, at, tx);
    const policy = await this.plans.policy(portfolioId, seenAt(at), tx);
    const instruments = await this.instruments.list(at, tx);
    const aligned = await this.returns.load(
      {
        instrumentIds: instruments.filter((one) => one.assetClass !== 'cash').map((one) => one.instrumentId),
        baseCurrency: portfolio.baseCurrency,
        end: at,
        knownAt: at,
        days: policy.model.windowDays,
        minimumHistory: policy.minimumHistoryDays,
      },
      tx,
    );
    return { portfolio, policy, aligned, hash: hashOf(portfolio, policy, aligned) };
  }

  private async compute({ policy, aligned, hash }: Inputs, request: EstimateRequest): Promise<RiskModel> {
    const stop = this.duration.startTimer();
    try {
      const estimate = await this.estimator.estimate(hash, estimationInput(aligned, policy), policy.model);
      return assembleModel(aligned, estimate, {
        modelId: randomUUID(),
        portfolioId: request.portfolioId,
        policy,
        knownAt: request.at,
        // The kernels' last bits differ: a number names the one that made it.
        codeVersion: `${CODE_VERSION}+${kernelName()}`,
      });
    } catch (error) {
      throw asForecastingError(error);
    } finally {
      stop();
    }
  }

  private async write(tx: Tx, model: RiskModel, summary: RiskModelSummary, request: EstimateRequest): Promise<void> {
    const { requestedBy, at, reason } = request;
    await this.models.put(model, { id: model.modelId, occurredAt: at }, tx);
    await this.estimates.insert(tx, summary);
    await this.outbox.emit(tx, riskModelPublished, {
      occurredAt: at,
      data: model,
      ...(requestedBy === undefined ? {} : { actor: requestedBy }),
    });
    if (requestedBy === undefined) return;
    await this.audit.append(tx, {
      chain: model.portfolioId,
      actor: requestedBy,
      action: 'risk-model.requested',
      subject: model.modelId,
      data: { policyId: model.policy.policyId, policyVersion: model.policy.version, reason: reason ?? null },
      occurredAt: at,
    });
  }
}

/** n²T for the products and some n³ for the eigenvalues. @throws ForecastingError `TOO_LONG_FOR_A_REQUEST` */
function requireShort({ aligned }: Inputs, maximumOperations = Infinity): void {
  const instruments = aligned.instrumentIds.length;
  const operations = instruments ** 2 * aligned.dates.length + 20 * instruments ** 3;
  if (operations <= maximumOperations) return;
  throw new ForecastingError(
    'FORECASTING.TOO_LONG_FOR_A_REQUEST',
    `A model of ${instruments} instruments over ${aligned.dates.length} days takes too long to wait for; ask for it as a job.`,
  );
}

/** Names everything that the numbers of a model depend on. */
function hashOf(portfolio: Portfolio, policy: RiskPolicy, aligned: AlignedReturns): string {
  const { values } = aligned;
  return createHash('sha256')
    .update(canonicalJson({ policy, baseCurrency: portfolio.baseCurrency, lastBarTime: aligned.lastBarTime }))
    .update(canonicalJson({ ids: aligned.instrumentIds, dates: aligned.dates, proxied: aligned.proxied }))
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');
}
