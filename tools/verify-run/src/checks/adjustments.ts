import {
  budgetPlanChanged,
  forecastMade,
  regimeEstimated,
  type BudgetAdjustment,
  type BudgetPlan,
} from '@risk-budget/contracts';
import { ownDecision, type OwnDecision, type OwnReading } from '../evaluation/own-adjustment.js';
import { planInForce } from '../evaluation/plan-in-force.js';
import type { DynamicPolicyFinding } from '../inputs/rest-findings.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** A plan as an adjustment has left it. */
interface Adjusted {
  readonly plan: BudgetPlan;
  readonly adjustment: BudgetAdjustment;
}

/**
 * The dynamic policy again. Whenever something that it follows was published while it was in force, its rules either adjust the budgets,
 * by exactly so much, or leave them: none missing, none invented. What an adjustment does to budgets, targets and limits follows from it.
 */
export function checkAdjustments(context: RunContext): Check[] {
  const decisions = new CheckRecorder(
    'budget adjustments by the rules, from the forecasts they name: none missing, none invented',
  );
  const budgets = new CheckRecorder('budget adjustments: budgets, targets and the part for limits');
  const adjusted = adjustedPlans(context);
  for (const policy of context.rest.dynamicPolicies) checkDecisions(context, decisions, policy, adjusted);
  for (const { adjustment } of adjusted) {
    const known = context.rest.dynamicPolicies.some((one) => one.dynamicPolicyId === adjustment.dynamicPolicyId);
    decisions.expect(known, () => `${adjustment.at}: nobody knows the policy ${adjustment.dynamicPolicyId}`);
  }
  checkBudgets(context, budgets, adjusted);
  return [decisions.result(), budgets.result()];
}

function adjustedPlans({ events }: RunContext): Adjusted[] {
  return events
    .of(budgetPlanChanged)
    .flatMap(({ data: plan }) =>
      plan.change === 'adjusted' && plan.adjustment !== undefined ? [{ plan, adjustment: plan.adjustment }] : [],
    );
}

function checkDecisions(
  context: RunContext,
  check: CheckRecorder,
  policy: DynamicPolicyFinding,
  all: readonly Adjusted[],
): void {
  if (policy.approvedAt === null) return;
  const own = new Map(
    all
      .filter(({ adjustment }) => adjustment.dynamicPolicyId === policy.dynamicPolicyId)
      .map((one) => [one.adjustment.adjustmentId, one]),
  );
  const looks = looksOf(context, policy);
  for (const [at, look] of looks.entries()) {
    const until = looks[at + 1] ?? policy.endedAt ?? '9999';
    const made = [...own.values()].filter(({ adjustment }) => adjustment.at >= look && adjustment.at < until);
    const before = standingBefore(context, policy.portfolioId, look);
    if (before === undefined) continue;
    const days = before.since === undefined ? undefined : businessDays(context, before.since, look);
    const reading = readingAt(context, policy, look);
    const wanted = ownDecision(policy.rules, before.factor, days, reading);
    const name = `${policy.portfolioId} at ${look}`;
    check.expect(made.length === (wanted === undefined ? 0 : 1), () => `${name}: ${made.length} adjustments`);
    const [found] = made;
    if (found === undefined || wanted === undefined) continue;
    compareDecision(context, check, name, found, { ...wanted, previous: before.factor, reading });
    own.delete(found.adjustment.adjustmentId);
  }
  for (const { adjustment } of own.values()) check.expect(false, () => `invented: ${adjustment.at}`);
}

/** Moments at which a policy looks: when it comes into force, and when something that it follows has come. */
function looksOf({ events }: RunContext, { rules, approvedAt, endedAt }: DynamicPolicyFinding): string[] {
  const regimes = events.of(regimeEstimated).filter(({ data }) => data.subjectId === rules.regime?.subjectId);
  const forecasts = events
    .of(forecastMade)
    .filter(
      ({ data }) =>
        data.kind === rules.volatility?.kind &&
        data.forecasts.some(({ subjectId }) => subjectId === rules.volatility?.subjectId),
    );
  const [from, until] = [approvedAt ?? '', endedAt ?? '9999'];
  const moments = [...regimes, ...forecasts].map(({ data }) => data.madeAt);
  return [...new Set([from, ...moments.filter((at) => at > from && at < until)])].sort();
}

/** Where the plan in force stands just before a moment; undefined without a plan. */
function standingBefore(
  { events }: RunContext,
  portfolioId: string,
  look: string,
): { readonly factor: number; readonly since: string | undefined } | undefined {
  const plan = planInForce(events, { portfolioId, asOf: look });
  return plan && { factor: plan.adjustment?.factor ?? 1, since: plan.adjustment?.at };
}

/** Trading days after the day of one moment, up to that of another. */
function businessDays({ inputs }: RunContext, from: string, to: string): number {
  const [first, last] = [from.slice(0, 10), to.slice(0, 10)];
  return [...inputs.closes.keys()].filter((day) => day > first && day <= last).length;
}

function readingAt({ events }: RunContext, { rules }: DynamicPolicyFinding, at: string): OwnReading {
  const { regime, volatility } = rules;
  const latest = events
    .of(regimeEstimated)
    .filter(
      ({ data }) =>
        data.subjectId === regime?.subjectId && data.states.length === regime.factors.length && data.madeAt <= at,
    )
    .at(-1);
  const forecast = events
    .of(forecastMade)
    .filter(({ data }) => data.kind === volatility?.kind && data.madeAt <= at)
    .flatMap(({ data }) => data.forecasts.filter(({ subjectId }) => subjectId === volatility?.subjectId))
    .at(-1);
  const ahead = forecast?.volatilities.find(
    ({ method, horizonDays }) => method === forecast.champion && horizonDays === volatility?.horizonDays,
  );
  return {
    probabilities: latest?.data.states.map(({ probability }) => probability),
    volatilityAnnual: ahead?.volatilityAnnual,
  };
}

function compareDecision(
  { rest }: RunContext,
  check: CheckRecorder,
  name: string,
  { adjustment }: Adjusted,
  { wanted, factor, previous, reading }: OwnDecision & { readonly previous: number; readonly reading: OwnReading },
): void {
  check.figure(`${name}: factor`, adjustment.factor, factor);
  check.figure(`${name}: factor before`, adjustment.previousFactor, previous);
  check.expect(
    adjustment.direction === (factor < previous ? 'reduction' : 'rise'),
    () => `${name}: says that it is a ${adjustment.direction}`,
  );
  const told = rest.adjustments.find(({ adjustmentId }) => adjustmentId === adjustment.adjustmentId);
  check.figure(`${name}: wanted`, told?.wantedFactor, wanted);
  const { probabilities, volatilityAnnual } = reading;
  check.figure(`${name}: forecast volatility`, adjustment.forecastVolatilityAnnual, volatilityAnnual ?? null);
  const state = probabilities === undefined ? -1 : probabilities.indexOf(Math.max(...probabilities));
  check.expect((adjustment.regime?.state ?? -1) === state, () => `${name}: state ${String(adjustment.regime?.state)}`);
  check.figure(`${name}: probability`, adjustment.regime?.probability, probabilities?.[state] ?? null);
}

/** Budgets of the approved plan times the factor; limits follow a reduction at once and a rise when somebody has said so. */
function checkBudgets({ events, rest }: RunContext, check: CheckRecorder, adjusted: readonly Adjusted[]): void {
  const plans = events.of(budgetPlanChanged).map(({ data }) => data);
  for (const [at, { plan, adjustment }] of adjusted.entries()) {
    const name = `${plan.portfolioId} at ${adjustment.at}`;
    const approved = plans.find(({ planId, change }) => planId === plan.planId && change === 'activated');
    check.expect(approved !== undefined, () => `${name}: the plan was never activated`);
    for (const tree of plan.trees) {
      const whole = approved?.trees.find(({ measure }) => measure === tree.measure);
      check.figure(
        `${name}: total ${tree.measure}`,
        tree.total,
        whole === undefined ? null : whole.total * adjustment.factor,
      );
      for (const { nodeId, share, budget } of tree.nodes) {
        check.figure(`${name}: ${tree.measure} of ${nodeId}`, budget, share * tree.total, tree.total * 1e-3);
      }
    }
    const active = plan.trees.some(({ measure }) => measure === 'trackingError');
    for (const [leaf, { weight, instrumentId }] of plan.targetWeights.entries()) {
      const target = approved?.targetWeights[leaf];
      const own = target?.instrumentId === instrumentId ? target.weight * (active ? 1 : adjustment.factor) : null;
      check.figure(`${name}: target of ${instrumentId}`, weight, own);
    }
    const before = adjusted.slice(0, at).findLast((one) => one.plan.planId === plan.planId)?.adjustment;
    const again = before?.adjustmentId === adjustment.adjustmentId;
    const forLimits = again ? adjustment.factor : Math.min(before?.limitFactor ?? 1, adjustment.factor);
    check.figure(`${name}: factor for limits`, adjustment.limitFactor, forLimits);
    if (!again) continue;
    const told = rest.adjustments.find(({ adjustmentId }) => adjustmentId === adjustment.adjustmentId);
    check.expect((told?.limitsFollowedBy ?? null) !== null, () => `${name}: nobody has let limits follow`);
  }
}
