import {
  budgetPlanChanged,
  clockAdvanced,
  rebalancingWanted,
  type BudgetPlan,
  type RebalancingWanted,
} from '@risk-budget/contracts';
import { outOfBand, OwnDrifts, type OwnDrift } from '../evaluation/own-drift.js';
import type { RunEvent } from '../events/run-events.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** Trades are in whole units: as near to the target as they can. */
const halfAUnit = 0.5 + 1e-6;

interface Standing {
  readonly plan: BudgetPlan;
  readonly out: ReadonlySet<string>;
}

/**
 * Rebalancing again. Weights are held against the targets of the plan in force whenever the clock has moved on after what has happened: once
 * for each excursion of a leaf from its band trades are asked for, and whenever a plan brings new targets; none missing, none invented.
 */
export function checkRebalancings(context: RunContext): Check[] {
  const asked = new CheckRecorder(
    'rebalancing asked for when a weight leaves its band or targets change, and only then',
  );
  const trades = new CheckRecorder(
    'rebalancing: whole trades that bring every weight to its target, prices and turnover',
  );
  const { events, inputs } = context;
  const wanted = new Map(events.of(rebalancingWanted).map((event) => [keyOf(event.data), event]));
  asked.expect(wanted.size === events.of(rebalancingWanted).length, () => 'asked for twice at once');
  const activations = inputs.desk.filter((action) => action.do === 'activatePlan').length;
  const activated = events.of(budgetPlanChanged).filter(({ data }) => data.change === 'activated').length;
  asked.expect(activated >= activations, () => `${activated} plans came into force, ${activations} expected`);

  const drifts = new OwnDrifts(context);
  const standings = new Map<string, Standing>();
  const expectOne = (
    plan: BudgetPlan,
    reason: string,
    asOf: string,
    leaves: ReadonlyMap<string, OwnDrift>,
    nav: number,
  ) => {
    const key = keyOf({ portfolioId: plan.portfolioId, reason, asOf });
    const found = wanted.get(key);
    const needed = [...leaves.values()].some(({ units }) => Math.abs(units) > halfAUnit);
    asked.expect(
      !needed || found?.data.planVersion === plan.version,
      () => `${key}: nothing was asked for by version ${plan.version}`,
    );
    if (found !== undefined) compareTrades(trades, key, found.data, leaves, nav);
    wanted.delete(key);
  };
  for (const moment of momentsOf(context)) {
    if (moment.plan !== undefined) {
      const { plan, newTargets } = moment;
      const before = standings.get(plan.portfolioId);
      const same = before?.plan.planId === plan.planId;
      standings.set(plan.portfolioId, { plan, out: same ? before.out : new Set() });
      if (newTargets === undefined) continue;
      const key = keyOf({ portfolioId: plan.portfolioId, reason: newTargets, asOf: moment.asOf });
      const own = drifts.at(plan, moment.asOf, wanted.get(key)?.publishedAt ?? moment.publishedAt);
      if (own === undefined) continue;
      standings.set(plan.portfolioId, { plan, out: outOfBand(own.leaves, plan.rebalancingBand, new Set()) });
      expectOne(plan, newTargets, moment.asOf, own.leaves, own.nav);
      continue;
    }
    for (const [portfolioId, { plan, out: before }] of standings) {
      // What comes at the new time comes after the clock.
      const own = drifts.at(plan, justBefore(moment.asOf), moment.publishedAt);
      if (own === undefined) continue;
      const out = outOfBand(own.leaves, plan.rebalancingBand, before);
      standings.set(portfolioId, { plan, out });
      if ([...out].some((leaf) => !before.has(leaf))) expectOne(plan, 'band', moment.asOf, own.leaves, own.nav);
    }
  }
  for (const key of wanted.keys()) asked.expect(false, () => `${key}: nothing asks for it`);
  return [asked.result(), trades.result()];
}

function keyOf({ portfolioId, reason, asOf }: { portfolioId: string; reason: string; asOf: string }): string {
  return `${portfolioId} ${reason} at ${asOf}`;
}

function justBefore(time: string): string {
  return new Date(Date.parse(time) - 1).toISOString();
}

interface Moment {
  readonly publishedAt: string;
  readonly asOf: string;
  /** Of a change to the plan in force; else the clock has moved on. */
  readonly plan?: BudgetPlan;
  /** Why the plan asks for trades at once. */
  readonly newTargets?: 'activation' | 'adjustment' | undefined;
}

/** In the order in which they came. */
function momentsOf({ events, inputs }: RunContext): Moment[] {
  const clocks: Moment[] = [];
  for (const { data, publishedAt } of events.of(clockAdvanced)) {
    if (data.time.slice(0, 10) > inputs.world.lastDay) continue;
    if (data.time > (clocks.at(-1)?.asOf ?? '')) clocks.push({ asOf: data.time, publishedAt });
  }
  const adjustments = new Set<string>();
  const plans = events
    .of(budgetPlanChanged)
    .filter(({ data }) => data.status === 'active')
    .map((event): Moment => ({ ...momentOf(event, adjustments), plan: event.data }));
  return [...clocks, ...plans].sort((a, b) => (a.publishedAt < b.publishedAt ? -1 : 1));
}

/** A plan brings new targets when it comes into force, and with each adjustment once. */
function momentOf(
  { data, envelope, publishedAt }: RunEvent<BudgetPlan>,
  adjustments: Set<string>,
): Pick<Moment, 'asOf' | 'publishedAt' | 'newTargets'> {
  const adjustment = data.change === 'adjusted' ? data.adjustment : undefined;
  const isNew = adjustment !== undefined && !adjustments.has(adjustment.adjustmentId);
  if (adjustment !== undefined) adjustments.add(adjustment.adjustmentId);
  const newTargets = data.change === 'activated' ? 'activation' : isNew ? 'adjustment' : undefined;
  return { asOf: envelope.time, publishedAt, newTargets };
}

function compareTrades(
  check: CheckRecorder,
  name: string,
  told: RebalancingWanted,
  leaves: ReadonlyMap<string, OwnDrift>,
  nav: number,
): void {
  const published = new Map(told.trades.map((trade) => [`${trade.strategy}/${trade.instrumentId}`, trade]));
  check.expect(published.size === told.trades.length, () => `${name}: two trades of one leaf`);
  let moved = 0;
  for (const [leaf, { weight, target, price, units }] of leaves) {
    const trade = published.get(leaf);
    const quantity = Number(trade?.quantityChange ?? 0);
    check.expect(
      Number.isInteger(quantity) && Math.abs(quantity - units) <= halfAUnit,
      () => `${name}: ${quantity} of ${leaf}, ${units} would bring it to its target`,
    );
    moved += Math.abs(quantity * price) / nav;
    published.delete(leaf);
    if (trade === undefined) continue;
    check.figure(`${name}: price of ${leaf}`, Number(trade.price), price);
    check.figure(`${name}: weight of ${leaf}`, trade.currentWeight, weight, 1e-3);
    check.figure(`${name}: target of ${leaf}`, trade.targetWeight, target, 1e-3);
  }
  for (const leaf of published.keys()) check.expect(false, () => `${name}: ${leaf} is neither held nor wanted`);
  check.figure(`${name}: turnover`, told.turnover, moved / 2);
}
