import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createComputePool } from '@risk-budget/compute';
import type { Clock, Instant } from '@risk-budget/contracts';
import { PortfolioInputsLoader, PositionStore, seenAt } from '@risk-budget/market-data';
import { Persistence, type Tx } from '@risk-budget/persistence';
import { leafNodeId, type PortfolioEvaluation, type Solution } from '@risk-budget/risk-math';
import { AuditService, CLOCK, Metrics, type Principal } from '@risk-budget/service-kit';
import { AllocationError, asAllocationError } from '../errors.js';
import {
  leafOf,
  requireBenchmark,
  requireModelled,
  sectorIn,
  TargetEvaluator,
  type PlanningContext,
} from '../evaluation/target-evaluator.js';
import { PolicyService } from '../plans/policy.service.js';
import { bottomOf, budgetingAccuracy } from '../trees/accuracy.js';
import type { Leaf } from '../trees/node-place.js';
import { nodesOf, riskByLeaf } from './allocation-nodes.js';
import { problemOf } from './allocation-problem.js';
import type { Allocation, AllocationRequest } from './allocation.schemas.js';
import { AllocationsRepository } from './allocations.repository.js';
import { solveWeights, type WeightProblem } from './solve-weights.js';

interface LeafKey {
  readonly strategy: string;
  readonly instrumentId: string;
}

/** Computes allocations and keeps them, so that plans can be drafted from what was seen. */
@Injectable()
export class AllocationsService implements OnApplicationShutdown {
  private readonly pool = createComputePool();
  private readonly duration;

  constructor(
    private readonly evaluator: TargetEvaluator,
    private readonly repository: AllocationsRepository,
    private readonly policies: PolicyService,
    private readonly positions: PositionStore,
    private readonly inputs: PortfolioInputsLoader,
    private readonly audit: AuditService,
    private readonly persistence: Persistence,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.duration = metrics.histogram('risk_budget_allocation_seconds', 'Time to solve an allocation', ['method']);
  }

  /**
   * Solves the request on the risk model in force and stores the answer.
   *
   * @throws AllocationError
   */
  async compute(portfolioId: string, request: AllocationRequest, principal: Principal): Promise<Allocation> {
    return this.persistence.transaction(async (tx) => {
      const answer = await this.solve(tx, portfolioId, request, principal);
      await this.repository.insert(tx, answer);
      await this.audit.append(tx, {
        chain: portfolioId,
        actor: principal.actor,
        action: 'allocation.computed',
        subject: answer.allocationId,
        data: {
          method: request.method,
          measure: request.measure,
          level: request.level,
          modelId: answer.modelId,
          status: answer.status,
        },
        occurredAt: answer.at,
      });
      return answer;
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.close();
  }

  private async solve(
    tx: Tx,
    portfolioId: string,
    request: AllocationRequest,
    principal: Principal,
  ): Promise<Allocation> {
    const at = this.clock.now();
    const keys = request.leaves ?? (await this.heldLeaves(tx, portfolioId, at));
    const policy = await this.policies.inForce(tx, portfolioId);
    const context = await this.evaluator.context(
      {
        portfolioId,
        at,
        policy,
        modelId: request.modelId,
        instrumentIds: [...new Set(keys.map((key) => key.instrumentId))],
      },
      tx,
    );
    const leaves = this.checkedLeaves(context, keys);
    const benchmark = request.measure === 'trackingError' ? requireBenchmark(context) : undefined;
    const current = request.within === 'current' ? await this.currentWeights(tx, context) : new Map<string, number>();
    const problem = problemOf({ request, leaves, model: context.loaded.evaluation, benchmark, current });
    const solution = await this.timed(request, problem);
    const evaluation = await this.evaluate(tx, context, leaves, solution.weights, request);
    const targets = await this.targetShares(tx, context, leaves, request, problem, solution);
    return answerOf({ context, request, leaves, solution, evaluation, targets, principal });
  }

  private async timed(request: AllocationRequest, problem: WeightProblem): Promise<Solution> {
    const stop = this.duration.startTimer({ method: request.method });
    try {
      return await solveWeights(this.pool, problem);
    } catch (error) {
      throw asAllocationError(error);
    } finally {
      stop();
    }
  }

  private evaluate(
    tx: Tx,
    context: PlanningContext,
    leaves: readonly Leaf[],
    weights: Float64Array,
    { measure }: AllocationRequest,
  ): Promise<PortfolioEvaluation> {
    const measures = new Set([
      measure,
      'volatility',
      ...(context.benchmark === undefined ? [] : ['trackingError']),
    ] as const);
    return this.evaluator.evaluate(context, targetsOf(leaves, weights), [...measures] as (typeof measure)[], tx);
  }

  /** Shares of risk asked for: of active risk, for methods that set weights, those that the weights take unconstrained. */
  private async targetShares(
    tx: Tx,
    context: PlanningContext,
    leaves: readonly Leaf[],
    request: AllocationRequest,
    problem: WeightProblem,
    solution: Solution,
  ): Promise<Float64Array> {
    const setsWeights = request.method !== 'riskParity' && request.method !== 'customRiskShares';
    if (request.measure !== 'trackingError' || !setsWeights) return solution.targetShares;
    const free = await this.timed(request, { ...problem, constraints: {} });
    return riskByLeaf(await this.evaluate(tx, context, leaves, free.weights, request), leaves, 'trackingError');
  }

  private async heldLeaves(tx: Tx, portfolioId: string, at: Instant): Promise<LeafKey[]> {
    const holdings = await this.positions.holdings(portfolioId, seenAt(at), tx);
    const leaves = (holdings?.positions ?? []).map(({ strategy, instrumentId }) => ({ strategy, instrumentId }));
    if (leaves.length > 0) return leaves;
    throw new AllocationError(
      'ALLOCATION.NO_LEAVES',
      `The portfolio '${portfolioId}' holds nothing; name the leaves to allocate to.`,
      [{ field: 'leaves', problem: 'is needed for a portfolio without positions' }],
    );
  }

  private checkedLeaves(context: PlanningContext, keys: readonly LeafKey[]): Leaf[] {
    const ids = keys.map((key) => leafNodeId(key.strategy, key.instrumentId));
    const problems = keys.flatMap((key, position) => {
      const field = `leaves.${ids[position] ?? ''}`;
      if (ids.indexOf(ids[position] ?? '') !== position) return [{ field, problem: 'stands twice' }];
      return sectorIn(context, key.instrumentId) === undefined
        ? [{ field, problem: 'its instrument is not known' }]
        : [];
    });
    if (problems.length > 0) {
      throw new AllocationError('ALLOCATION.INVALID_REQUEST', 'Some leaves cannot be allocated to.', problems);
    }
    requireModelled(context, keys);
    return keys
      .map((key) => leafOf(context, key.strategy, key.instrumentId))
      .sort((a, b) => (leafNodeId(a.strategy, a.instrumentId) < leafNodeId(b.strategy, b.instrumentId) ? -1 : 1));
  }

  private async currentWeights(
    tx: Tx,
    { portfolio, policy, at, loaded }: PlanningContext,
  ): Promise<Map<string, number>> {
    const { portfolioId } = portfolio;
    const held = await this.inputs.load({ portfolioId, at: seenAt(at), policy, model: loaded, historical: false }, tx);
    return new Map(held.positions.map((one) => [leafNodeId(one.strategy, one.instrumentId), one.weight]));
  }
}

interface Answer {
  readonly context: PlanningContext;
  readonly request: AllocationRequest;
  readonly leaves: readonly Leaf[];
  readonly solution: Solution;
  readonly evaluation: PortfolioEvaluation;
  readonly targets: Float64Array;
  readonly principal: Principal;
}

function answerOf({ context, request, leaves, solution, evaluation, targets, principal }: Answer): Allocation {
  const { measures } = evaluation.totals;
  const figure = measures[request.measure] ?? 0;
  const total = request.total ?? figure / (1 - request.reserve);
  const nodes = nodesOf({
    leaves,
    weights: solution.weights,
    targets,
    evaluation,
    measure: request.measure,
    total,
    reserve: request.reserve,
  });
  const benchmarkNode = evaluation.nodes.find((node) => node.kind === 'benchmark');
  return {
    allocationId: randomUUID(),
    portfolioId: context.portfolio.portfolioId,
    at: context.at,
    request,
    modelId: context.loaded.model.modelId,
    policyId: context.policy.policyId,
    policyVersion: context.policy.version,
    status: solution.status,
    binding: [...solution.binding],
    iterations: solution.iterations,
    residual: solution.residual,
    figure,
    volatilityAnnual: measures.volatility ?? 0,
    trackingErrorAnnual: measures.trackingError ?? null,
    benchmarkContribution: benchmarkNode?.contributions.trackingError ?? null,
    accuracy: budgetingAccuracy(
      bottomOf(nodes).map((node) => ({ budgeted: node.targetShare, taken: node.realisedShare })),
    ),
    total,
    reserve: request.reserve,
    nodes,
    targetWeights: targetsOf(leaves, solution.weights),
    computedBy: { ...principal.actor },
  };
}

function targetsOf(
  leaves: readonly Leaf[],
  weights: Float64Array,
): { strategy: string; instrumentId: string; weight: number }[] {
  return leaves.map(({ strategy, instrumentId }, position) => ({
    strategy,
    instrumentId,
    weight: weights[position] ?? 0,
  }));
}
