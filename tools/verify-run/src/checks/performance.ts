import { realisedReturnsStated } from '@risk-budget/contracts';
import { OwnPortfolios } from '../evaluation/own-portfolio.js';
import type { PerformanceFinding } from '../inputs/rest-findings.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** Longest period of a question, in days, and the history below which a name stands on its sector. */
const longestDays = 131;
const minimumHistory = 2;

interface OwnDay {
  readonly source: 'stated' | 'own';
  readonly portfolio: number;
  readonly benchmark: number;
}

/** What the desk asked of performance: the return of every day, as stated upstream or from positions and prices, and what adds up to it. */
export function checkPerformance(context: RunContext): Check[] {
  const check = new CheckRecorder(
    'performance: the return of every day, stated or own, and effects that sum to the active return',
  );
  check.expect(
    context.rest.performance.length === context.inputs.performancePaths.length,
    () => `${context.rest.performance.length} of ${context.inputs.performancePaths.length} answers are there`,
  );
  const portfolios = new OwnPortfolios(context);
  for (const finding of context.rest.performance) {
    const { portfolioId, to, days, lines, portfolioReturn, benchmarkReturn, activeReturn } = finding;
    const name = `${portfolioId} to ${to}`;
    const own = days.map(({ date }) => ownDay(context, portfolios, finding, date));
    for (const [at, day] of days.entries()) {
      const mine = own[at];
      check.expect(day.source === mine?.source, () => `${name}: ${day.date} is ${day.source}`);
      check.figure(`${name}: return on ${day.date}`, day.portfolioReturn, mine?.portfolio ?? null, 1e-2);
      check.figure(`${name}: benchmark on ${day.date}`, day.benchmarkReturn, mine?.benchmark ?? null, 1e-2);
    }
    const whole = (of: (day: OwnDay) => number): number => own.reduce((all, day) => all * (1 + of(day)), 1) - 1;
    const [earned, beside] = [whole((day) => day.portfolio), whole((day) => day.benchmark)];
    check.figure(`${name}: return`, portfolioReturn, earned, 1e-2);
    check.figure(`${name}: return of the benchmark`, benchmarkReturn, beside, 1e-2);
    check.figure(`${name}: active return`, activeReturn, earned - beside, 1e-2);
    const sum = lines.reduce((all, { total }) => all + total, 0);
    check.figure(`${name}: effects`, sum, activeReturn, 1e-2);
    const expected = [...context.inputs.closes.keys()].filter((date) => date >= finding.from && date <= to);
    check.expect(days.map(({ date }) => date).join() === expected.join(), () => `${name}: ${days.length} days`);
    const beyond = days.filter((day, at) => -(own[at]?.portfolio ?? NaN) > (day.var ?? Infinity)).length;
    check.expect(finding.varExceedances === beyond, () => `${name}: ${String(finding.varExceedances)} days beyond`);
  }
  return [check.result()];
}

function ownDay(context: RunContext, portfolios: OwnPortfolios, finding: PerformanceFinding, date: string): OwnDay {
  const { portfolioId, to } = finding;
  const stated = context.events
    .of(realisedReturnsStated)
    .map(({ data }) => data)
    .findLast((one) => one.portfolioId === portfolioId && one.date === date);
  if (stated !== undefined) {
    return {
      source: 'stated',
      portfolio: stated.rows.reduce((sum, row) => sum + row.weight * row.return, 0),
      benchmark: stated.rows.reduce((sum, row) => sum + row.benchmarkWeight * (row.benchmarkReturn ?? 0), 0),
    };
  }
  const { leaves } = portfolios.holdings(portfolioId, `${date}T00:00:00.000Z`, '9999');
  const benchmark = portfolios.benchmarkOf(portfolioId) ?? '';
  const end = `${to}T23:59:59.999Z`;
  const instrumentIds = [...context.market.instruments.values()]
    .filter(({ knownAt }) => knownAt <= end)
    .map(({ data }) => data.instrumentId)
    .sort();
  const window = context.returns.get({ instrumentIds, end, knownAt: '9999', days: longestDays, minimumHistory });
  const row = window.values[window.dates.indexOf(date)];
  const returnOf = (id: string): number => row?.[instrumentIds.indexOf(id)] ?? NaN;
  return {
    source: 'own',
    portfolio: leaves.reduce((sum, leaf) => sum + leaf.weight * returnOf(leaf.instrumentId), 0),
    benchmark: returnOf(benchmark),
  };
}
