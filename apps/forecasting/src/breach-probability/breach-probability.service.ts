import { createHash, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { breachProbabilitiesEstimated, type LimitDefinition } from '@risk-budget/contracts';
import {
  assess,
  BudgetPlanStore,
  evaluatedFigures,
  nodeIdOf,
  seenAt,
  type Figures,
  type PortfolioInputs,
} from '@risk-budget/market-data';
import { Outbox } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { evaluatePortfolio, PORTFOLIO_NODE_ID, simulateBreaches, type PathBenchmark } from '@risk-budget/risk-math';
import { panelOf, type DailyContext } from '../daily/daily-run.types.js';
import type { ReturnsPanel } from '../subjects/returns-panel.js';
import type { HeldPortfolio } from '../subjects/subjects.service.js';
import { CODE_VERSION } from '../version.js';
import { HORIZONS } from '../volatility/horizons.js';
import type { BreachEstimate, UnmodelledCode } from './breach-estimate.js';
import { BreachProbabilityRepository } from './breach-probability.repository.js';
import { membersOf, simulatedFigure, type SimulatedLimit, type SimulationScope } from './simulated-limit.js';
import { benchmarkOf, drawsOf, histories, memoryOf, namesOf } from './simulation-inputs.js';

const HORIZON_DAYS = Math.max(...HORIZONS);
/** Paths of a small portfolio; a large one has fewer, so that a run stays within some ten milliseconds. */
const MOST_PATHS = 500;
const LEAST_PATHS = 50;
const STEPS_OF_A_RUN = 5e6;

/** Says each day how likely each limit is to be broken soon. */
@Injectable()
export class BreachProbabilityService {
  constructor(
    private readonly limits: BreachProbabilityRepository,
    private readonly plans: BudgetPlanStore,
    private readonly outbox: Outbox,
  ) {}

  async estimate(tx: Tx, context: DailyContext, portfolios: readonly HeldPortfolio[]): Promise<void> {
    const made: BreachEstimate[] = [];
    for (const { portfolio, inputs, subject, market } of portfolios) {
      const limits = await this.limits.limitsInForce(tx, portfolio.portfolioId, context.at);
      if (limits.length === 0) continue;
      const plan = await this.plans.active(portfolio.portfolioId, seenAt(context.at), tx);
      const figures = evaluatedFigures(evaluatePortfolio(inputs.evaluation), inputs, plan);
      const panel = panelOf(context, subject);
      const benchmark = benchmarkOf(panel, inputs, market);
      const limitsHeld = held(limits, figures, inputs, benchmark !== undefined);
      made.push(estimateOf(context, inputs, panel, benchmark, limitsHeld));
    }
    await this.limits.insert(tx, context.calendar, made);
    for (const data of made) await this.outbox.emit(tx, breachProbabilitiesEstimated, { occurredAt: context.at, data });
  }
}

interface HeldLimits {
  readonly simulated: readonly SimulatedLimit[];
  readonly broken: ReadonlySet<string>;
  readonly reasons: BreachEstimate['reasons'];
}

/** Holds the limits against the figures of the day, by the rule of the limits service. */
function held(
  limits: readonly LimitDefinition[],
  figures: Figures,
  inputs: PortfolioInputs,
  hasBenchmark: boolean,
): HeldLimits {
  const simulated: SimulatedLimit[] = [];
  const broken = new Set<string>();
  const reasons: { limitId: string; code: UnmodelledCode }[] = [];
  const scope: SimulationScope = {
    hasBenchmark,
    tailScale: Math.sqrt(inputs.policy.horizonDays),
    budget: (measure, nodeId) => figures.budget(measure, nodeId),
  };
  for (const limit of limits) {
    const { limitId } = limit;
    const nodeId = nodeIdOf(limit.scope);
    const figure = simulatedFigure(limit, nodeId, scope);
    const found = assess({ ...limit, nodeId }, figures);
    if (typeof figure === 'string') {
      reasons.push({ limitId, code: figure });
      continue;
    }
    if (found.kind === 'notEvaluated') {
      reasons.push({ limitId, code: found.reason === 'unbudgeted' ? 'NO_BUDGET' : 'NO_FIGURE' });
      continue;
    }
    if (found.beyond) broken.add(limitId);
    simulated.push({
      ...{ limitId, limitVersion: limit.version, figure, value: found.value, bound: found.bound },
      side: limit.direction === 'upper' ? 'above' : 'below',
      members: membersOf(nodeId, inputs),
      isPortfolio: nodeId === PORTFOLIO_NODE_ID,
    });
  }
  return { simulated, broken, reasons };
}

function estimateOf(
  { at }: DailyContext,
  inputs: PortfolioInputs,
  panel: ReturnsPanel,
  benchmark: PathBenchmark | undefined,
  { simulated, broken, reasons }: HeldLimits,
): BreachEstimate {
  const { portfolio, positions, model, policy } = inputs;
  const seed = seedOf(`${portfolio.portfolioId} ${at}`);
  const steps = HORIZON_DAYS * Math.max(1, positions.length);
  const paths = Math.min(MOST_PATHS, Math.max(LEAST_PATHS, Math.floor(STEPS_OF_A_RUN / steps)));
  const results = simulateBreaches({
    values: Float64Array.from(positions, ({ value }) => value),
    cash: inputs.cash,
    ...histories(panel, inputs),
    memory: memoryOf(policy.model),
    limits: simulated,
    names: namesOf(inputs),
    ...(benchmark === undefined ? {} : { benchmark }),
    tail: {
      windowDays: policy.historicalWindowDays,
      confidence: policy.confidence,
      quantileRule: policy.quantileRule,
    },
    draws: drawsOf(seed, panel.dates.length, paths, HORIZON_DAYS),
    horizonDays: HORIZON_DAYS,
  });
  return {
    estimateId: randomUUID(),
    portfolioId: portfolio.portfolioId,
    asOf: at,
    modelId: model.modelId,
    paths,
    seed: String(seed),
    limits: simulated.map(({ limitId, limitVersion, value, bound }, k) => ({
      ...{ limitId, limitVersion, value, bound },
      broken: broken.has(limitId),
      probabilities: HORIZONS.map((horizonDays) => ({
        horizonDays,
        probability: broken.has(limitId) ? 1 : (results[k]?.byDay[horizonDays - 1] ?? 0),
      })),
    })),
    unmodelled: reasons.map(({ limitId }) => limitId),
    reasons,
    codeVersion: CODE_VERSION,
  };
}

/** The same portfolio and moment draw the same days. */
function seedOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}
