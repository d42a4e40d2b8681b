/**
 * Ticks through the engine of utilization: one price after the other; value, factor exposures, volatility, parametric VaR, the consumption
 * of the instrument's leaf and the threshold state of every node exact after each; historical VaR at most 100 ms old. Every 1,000th state is
 * compared with the evaluator's, computed from prices kept apart. Run: `npm run bench:ticks`; ends non-zero when a goal is missed.
 */
import {
  createScenarios,
  defaultRiskSpecification,
  evaluatePortfolio,
  historicalFigures,
  IntervalWatch,
  IntradayPortfolio,
  leafNodeId,
  type PortfolioEvaluation,
  type PortfolioEvaluationInput,
} from '@risk-budget/risk-math';
import { factorReturns } from '../data/market-model.js';
import { factorPortfolio, weightsOf } from '../data/portfolios.js';
import { Random } from '../data/random.js';
import { enableEngineFeatures } from '../engine.js';
import { judge } from '../system/goal.js';
import { numbersOf } from '../system/options.js';
import { machine, quantile } from '../system/report.js';
import { BudgetStates, stateOf } from './states.js';

const factors = 50;
const comparedEvery = 1000;
const historicalEveryMs = 100;
const measure = 'volatility';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** The portfolio at prices that are kept here, apart from the engine. */
function inputAt(start: PortfolioEvaluationInput, prices: Float64Array, startPrice: number): PortfolioEvaluationInput {
  let nav = start.nav;
  const leaves = start.leaves.map((leaf, row) => {
    const value = (leaf.value / startPrice) * prices[row]!;
    nav += value - leaf.value;
    return { ...leaf, value };
  });
  return { ...start, leaves, nav };
}

/** The largest difference of any figure, relative to the total of its measure. */
function differenceOf(engine: IntradayPortfolio, full: PortfolioEvaluation): number {
  const relative = (value: number | undefined, expected: number, scale = expected): number =>
    Math.abs((value ?? Number.NaN) - expected) / Math.abs(scale);
  const { measures, gross } = full.totals;
  let largest = Math.max(relative(engine.nav(), full.nav), relative(engine.grossWeight(), gross));
  for (const total of ['volatility', 'var', 'es'] as const) {
    largest = Math.max(largest, relative(engine.total(total), measures[total]!));
  }
  [...full.nodes, ...full.views].forEach(({ contributions }, node) => {
    for (const part of ['volatility', 'var'] as const) {
      const difference = relative(engine.contribution(part, node), contributions[part]!, measures[part]);
      largest = Math.max(largest, difference);
    }
  });
  return largest;
}

/** The same of the figures from scenarios; the evaluator's figures of every node from 500 scenarios would take most of the run. */
function historicalDifferenceOf(engine: IntradayPortfolio, input: PortfolioEvaluationInput): number {
  if (input.scenarios === undefined) return Number.NaN;
  const expected = historicalFigures(input.scenarios, weightsOf(input), input.specification);
  const difference = (value: number | undefined, figure: number): number =>
    Math.abs(((value ?? Number.NaN) - figure) / figure);
  return Math.max(
    difference(engine.total('historicalVar'), expected.var),
    difference(engine.total('historicalEs'), expected.es),
  );
}

await enableEngineFeatures();
const { ticks, positions } = numbersOf(process.argv.slice(2), { ticks: 500_000, positions: 5000 });
const random = new Random(2020);
const startPrice = 50;
const start: PortfolioEvaluationInput = {
  ...factorPortfolio(positions, factors),
  scenarios: createScenarios(
    { ...factorReturns(positions, 500), ids: factorPortfolio(positions, factors).model.instrumentIds },
    defaultRiskSpecification,
  ),
};
const prices = new Float64Array(positions).fill(startPrice);
const engine = new IntradayPortfolio(start, prices);
const consumption = (node: number): number => engine.contribution(measure, node)!;

const leaves = Int32Array.from(start.leaves, (leaf) => engine.nodeOf(leafNodeId(leaf.strategy, leaf.instrumentId))!);

// A budget for every node of the tree of which half to a little more than all is used.
const tree = engine.identities.flatMap(({ kind, parentId }, node) =>
  kind === 'portfolio' || parentId !== null ? [node] : [],
);
const budgets = Float64Array.from(
  tree,
  (node) => Math.max(1e-6, Math.abs(consumption(node))) / (0.5 + 0.6 * random.uniform()),
);
const states = new BudgetStates(tree, budgets, consumption);
const watch = new IntervalWatch(engine, states.watched(measure));

print(machine());
print(`${positions} positions × ${factors} factors, 500 scenarios, ${tree.length} nodes with a budget, ${ticks} ticks`);
const exposures = new Float64Array(factors);
const slices: number[] = [];
let processorMicroseconds = 0;
let checksum = 0;
let worst = 0;
let wrongStates = 0;
let compared = 0;
let historicalAt = performance.now();
for (let done = 0; done < ticks;) {
  const rows = Int32Array.from({ length: comparedEvery }, () => Math.floor(random.uniform() * positions));
  const moves = Float64Array.from(rows, () => Math.exp(0.001 * random.normal()));
  const processor = process.cpuUsage();
  const began = performance.now();
  for (let index = 0; index < comparedEvery; index++) {
    const row = rows[index]!;
    prices[row]! *= moves[index]!;
    engine.setPrice(row, prices[row]!);
    states.moveOn(watch, watch.afterPrice(row), consumption);
    engine.factorExposures(exposures);
    checksum += engine.nav() + exposures[0]! + engine.total('volatility')! + engine.total('var')!;
    checksum += consumption(leaves[row]!);
    const now = performance.now();
    if (now - historicalAt < historicalEveryMs) continue;
    checksum += engine.total('historicalVar')! + engine.total('historicalEs')!;
    historicalAt = now;
  }
  slices.push(performance.now() - began);
  processorMicroseconds += process.cpuUsage(processor).user;
  done += comparedEvery;
  const input = inputAt(start, prices, startPrice);
  const full = evaluatePortfolio({ ...input, scenarios: undefined });
  worst = Math.max(worst, differenceOf(engine, full), historicalDifferenceOf(engine, input));
  wrongStates += tree.filter(
    (node, index) => states.states[index] !== stateOf(full.nodes[node]!.contributions[measure]!, budgets[index]!),
  ).length;
  compared++;
}
const seconds = slices.reduce((sum, slice) => sum + slice, 0) / 1000;
if (!Number.isFinite(checksum)) throw new Error('a figure is not finite');
print(`  ${compared} states compared, ${states.changes} changes of a threshold state`);
print(
  `  1,000 ticks: P50 ${quantile(slices, 0.5).toFixed(2)} ms, P99 ${quantile(slices, 0.99).toFixed(2)} ms, ${(processorMicroseconds / ticks).toFixed(1)} µs of processor time a tick`,
);
const goals = [
  {
    name: 'ticks through the engine',
    value: (compared * comparedEvery) / seconds / 1000,
    unit: 'thousand/s',
    atLeast: 50,
  },
  { name: 'furthest from a full recomputation', value: worst / 1e-9, unit: '× 1e-9', below: 1 },
  { name: 'threshold states that differ', value: wrongStates, unit: 'states', below: 1 },
];
if (!judge(goals, print)) process.exitCode = 1;
