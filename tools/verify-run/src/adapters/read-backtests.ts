import { z } from 'zod';
import type { BacktestFinding } from '../inputs/rest-findings.js';
import { getItems, getJson } from './get-json.js';

const method = z.enum(['model', 'historical', 'champion']);
const day = z.object({
  forecastId: z.string(),
  modelId: z.string(),
  date: z.string().nullable(),
  loss: z.number().nullable(),
  figures: z.array(z.object({ method, confidence: z.number(), valueAtRisk: z.number() })),
});
const backtest = z.object({
  tests: z.array(
    z.object({
      method,
      confidence: z.number(),
      observations: z.number(),
      exceedances: z.number(),
      kupiec: z.object({ statistic: z.number(), pValue: z.number() }).nullable(),
      basel: z.object({ zone: z.string(), cumulativeProbability: z.number() }).nullable(),
      exceptions: z.array(z.object({ date: z.string(), loss: z.number(), valueAtRisk: z.number() })),
    }),
  ),
});

/** More days than any run has. */
const wholeWindow = 2500;

/** Asks forecasting for the value at risk of each portfolio on all days, and what it makes of them. */
export async function readBacktests(
  url: string,
  token: string,
  portfolioIds: readonly string[],
): Promise<BacktestFinding[]> {
  const found: BacktestFinding[] = [];
  for (const portfolioId of portfolioIds) {
    const base = `${url}/v1/portfolios/${portfolioId}/value-at-risk`;
    const days = await getItems(base, token, day);
    const { tests } = await getJson(`${base}/backtest?window=${wholeWindow}`, token, backtest);
    found.push({ portfolioId, days: days.reverse(), tests });
  }
  return found;
}
