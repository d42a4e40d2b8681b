import { realisedReturnsStated } from '@risk-budget/contracts';
import { OwnPortfolios } from '../../src/evaluation/own-portfolio.js';
import type { PerformanceFinding } from '../../src/inputs/rest-findings.js';
import { benchmarkId, portfolioId, type Recorder } from './recorder.js';

/** What performance measurement states of a day: half a percent earned, and nothing by the benchmark. */
export function stateReturns(recorder: Recorder, date: string): void {
  const knownAt = `${date}T21:40:00.000Z`;
  recorder.publish(realisedReturnsStated, '/upstream/performance-measurement', knownAt, {
    ...{ portfolioId, date, knownAt, level: 'security' },
    rows: [
      { strategy: 'growth', instrumentId: 'AAA', weight: 0.5, return: 0.01, benchmarkWeight: 0 },
      { instrumentId: benchmarkId, weight: 0, return: 0, benchmarkWeight: 1, benchmarkReturn: 0 },
    ],
  });
}

/** What attribution would answer of some days, the last of which was stated. */
export function performanceOf(recorder: Recorder, previous: string, days: readonly string[]): PerformanceFinding {
  const portfolios = new OwnPortfolios(recorder.context());
  const close = (id: string, day: string): number => Number(recorder.inputs.closes.get(day)?.get(id));
  const told = days.map((date, at) => {
    const before = days[at - 1] ?? previous;
    const returnOf = (id: string): number => close(id, date) / close(id, before) - 1;
    const { leaves } = portfolios.holdings(portfolioId, `${date}T00:00:00.000Z`, '9999');
    if (date === days.at(-1)) {
      return { date, source: 'stated' as const, portfolioReturn: 0.005, benchmarkReturn: 0, var: 0.001 };
    }
    return {
      ...{ date, source: 'own' as const, var: 0.001, benchmarkReturn: returnOf(benchmarkId) },
      portfolioReturn: leaves.reduce((sum, leaf) => sum + leaf.weight * returnOf(leaf.instrumentId), 0),
    };
  });
  const whole = (of: (day: (typeof told)[number]) => number) => told.reduce((all, day) => all * (1 + of(day)), 1) - 1;
  const portfolioReturn = whole((day) => day.portfolioReturn);
  const benchmarkReturn = whole((day) => day.benchmarkReturn);
  const activeReturn = portfolioReturn - benchmarkReturn;
  return {
    ...{ portfolioId, from: days[0] ?? '', to: days.at(-1) ?? '', days: told },
    ...{ portfolioReturn, benchmarkReturn, activeReturn },
    varExceedances: told.filter((day) => -day.portfolioReturn > day.var).length,
    lines: [{ total: activeReturn / 4 }, { total: (3 * activeReturn) / 4 }],
  };
}
