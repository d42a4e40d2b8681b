import { businessDate, finite, fraction, identifier, nonNegative } from '@risk-budget/contracts';
import { z } from 'zod';

export const performanceDimension = z.enum(['security', 'strategy', 'sector', 'factor']);
export type PerformanceDimension = z.infer<typeof performanceDimension>;

export const performanceQuery = z.object({
  from: businessDate.describe('first day whose return is counted'),
  to: businessDate.describe('last day; at most 130 business days after the first'),
  by: performanceDimension.default('sector'),
  factors: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(identifier).min(1).max(20))
    .optional()
    .describe('with `by=factor`: as in `risk`'),
  format: z.enum(['json', 'csv', 'html']).optional().describe('what `Accept` asks for when absent'),
});
export type PerformanceQuery = z.output<typeof performanceQuery>;

export const performanceLine = z.object({
  name: z.string().describe('security, strategy, sector or factor; `cash`; `benchmark` for a series; `specific`'),
  allocation: finite.nullable().describe('null by factor'),
  selection: finite.nullable(),
  interaction: finite.nullable(),
  total: finite.describe('on the active return of the period (by factor: on the return itself); all lines sum to it'),
  exAnteRisk: finite
    .nullable()
    .describe('mean Euler contribution to annual volatility at the start of the days; null where there is none'),
  realisedRisk: finite.nullable().describe('annual: its part of the deviation of the daily effects'),
  realisedRiskShare: finite.nullable(),
  ratio: finite.nullable().describe('annual return of its effects / its realised risk'),
});

export const performanceView = z.object({
  portfolioId: identifier,
  from: businessDate,
  to: businessDate,
  by: performanceDimension,
  portfolioReturn: finite.describe('compounded, of what was held at the start of each day'),
  benchmarkReturn: finite,
  activeReturn: finite,
  benchmark: z
    .enum(['stated', 'weights', 'series', 'cash'])
    .describe('cash: the portfolio has none, and returns are over cash'),
  risk: z.object({
    exAnteVolatilityAnnual: nonNegative.nullable().describe('mean over the days, at their start'),
    realisedVolatilityAnnual: nonNegative.nullable().describe('of the daily returns, ddof 1'),
    exAnteTrackingErrorAnnual: nonNegative.nullable(),
    realisedTrackingErrorAnnual: nonNegative.nullable(),
    varExceedances: z
      .int()
      .min(0)
      .nullable()
      .describe('days that lost more than the value at risk of their start; null for another horizon than a day'),
    varConfidence: fraction.nullable(),
  }),
  lines: z.array(performanceLine).describe('the largest effect first'),
  days: z.array(
    z.object({
      date: businessDate,
      source: z.enum(['stated', 'own']).describe('own: from positions and prices'),
      portfolioReturn: finite,
      benchmarkReturn: finite,
      exAnteVolatilityAnnual: nonNegative.nullable(),
      var: finite.nullable(),
    }),
  ),
  codeVersion: z.string(),
});
export type PerformanceView = z.infer<typeof performanceView>;
