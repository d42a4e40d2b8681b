import { createHash, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { breachProbabilitiesEstimated, type LimitDefinition, type RiskModelMethod } from '@risk-budget/contracts';
import {
  assess,
  BudgetPlanStore,
  evaluatedFigures,
  nodeIdOf,
  seenAt,
  type PortfolioInputs,
} from '@risk-budget/market-data';
import { Outbox } from '@risk-budget/messaging';
import type { Tx } from '@risk-budget/persistence';
import { evaluatePortfolio, ewmaVariance, RandomStream } from '@risk-budget/risk-math';
import { panelOf, type DailyContext } from '../daily/daily-run.types.js';
import type { ReturnsPanel } from '../subjects/returns-panel.js';
import type { HeldPortfolio } from '../subjects/subjects.service.js';
import { CODE_VERSION } from '../version.js';
import { HORIZONS } from '../volatility/horizons.js';
import type { BreachEstimate } from './breach-estimate.js';
import { BreachProbabilityRepository } from './breach-probability.repository.js';
import { membersOf, simulatedFigure, type SimulatedLimit } from './simulated-limit.js';
import type { ModelMemory } from './model-past.js';
import { simulateBreaches } from './simulation.js';

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
    for (const { portfolio, inputs, subject } of portfolios) {
      const limits = await this.limits.limitsInForce(tx, portfolio.portfolioId, context.at);
      if (limits.length === 0) continue;
      const plan = await this.plans.active(portfolio.portfolioId, seenAt(context.at), tx);
      const figures = evaluatedFigures(evaluatePortfolio(inputs.evaluation), inputs, plan);
      made.push(estimateOf(context, inputs, panelOf(context, subject), held(limits, figures)));
    }
    await this.limits.insert(tx, context.calendar, made);
    for (const data of made) await this.outbox.emit(tx, breachProbabilitiesEstimated, { occurredAt: context.at, data });
  }
}

interface HeldLimits {
  readonly simulated: readonly SimulatedLimit[];
  readonly broken: ReadonlySet<string>;
  readonly unmodelled: readonly string[];
}

/** Holds the limits against the figures of the day, by the rule of the limits service. */
function held(limits: readonly LimitDefinition[], figures: Parameters<typeof assess>[1]): HeldLimits {
  const simulated: SimulatedLimit[] = [];
  const broken = new Set<string>();
  const unmodelled: string[] = [];
  for (const limit of limits) {
    const nodeId = nodeIdOf(limit.scope);
    const figure = simulatedFigure(nodeId, limit.measure, limit.budgetMeasure);
    const found = assess({ ...limit, nodeId }, figures);
    if (figure === undefined || found.kind === 'notEvaluated') {
      unmodelled.push(limit.limitId);
      continue;
    }
    if (found.beyond) broken.add(limit.limitId);
    const side = limit.direction === 'upper' ? 'above' : 'below';
    const { value, bound } = found;
    simulated.push({ limitId: limit.limitId, limitVersion: limit.version, nodeId, figure, side, value, bound });
  }
  return { simulated, broken, unmodelled };
}

function estimateOf(
  { at }: DailyContext,
  inputs: PortfolioInputs,
  panel: ReturnsPanel,
  { simulated, broken, unmodelled }: HeldLimits,
): BreachEstimate {
  const { portfolio, positions, model, policy } = inputs;
  const seed = seedOf(`${portfolio.portfolioId} ${at}`);
  const stream = new RandomStream(seed);
  const { past, scaled } = histories(panel, inputs);
  const steps = HORIZON_DAYS * Math.max(1, positions.length);
  const paths = Math.min(MOST_PATHS, Math.max(LEAST_PATHS, Math.floor(STEPS_OF_A_RUN / steps)));
  const results = simulateBreaches({
    values: Float64Array.from(positions, ({ value }) => value),
    cash: inputs.cash,
    past,
    scaled,
    memory: memoryOf(policy.model),
    limits: simulated,
    members: simulated.map(({ nodeId }) => membersOf(nodeId, inputs)),
    paths,
    horizonDays: HORIZON_DAYS,
    uniform: () => stream.uniform(),
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
    unmodelled: [...unmodelled],
    codeVersion: CODE_VERSION,
  };
}

/** The same portfolio and moment draw the same days. */
function seedOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}

/** How the model of the policy forgets the past. */
function memoryOf(method: RiskModelMethod): ModelMemory {
  return method.method === 'ewma'
    ? { kind: 'decay', lambda: 0.5 ** (1 / method.halfLifeDays) }
    : { kind: 'window', days: method.windowDays };
}

/** Decay of the volatilities by which past days are scaled to today. */
const FILTER_LAMBDA = 0.94;

/** Returns of the positions as they were, and as they would be at today's volatility of each name. */
function histories(
  panel: ReturnsPanel,
  { positions }: PortfolioInputs,
): { readonly past: Float64Array; readonly scaled: Float64Array } {
  const width = positions.length;
  const past = new Float64Array(panel.dates.length * width);
  const scaled = new Float64Array(past.length);
  positions.forEach(({ instrumentId }, i) => {
    const series = panel.series(new Map([[instrumentId, 1]]));
    const { variances, nextVariance } = ewmaVariance(series, { lambda: FILTER_LAMBDA });
    series.forEach((value, t) => {
      past[t * width + i] = value;
      const variance = variances[t]!;
      scaled[t * width + i] = variance > 0 ? value * Math.sqrt(nextVariance / variance) : value;
    });
  });
  return { past, scaled };
}
