import { z } from 'zod';
import type { PerformanceFinding } from '../inputs/rest-findings.js';
import { getJson } from './get-json.js';

const performance = z.object({
  ...{ portfolioId: z.string(), from: z.string(), to: z.string() },
  ...{ portfolioReturn: z.number(), benchmarkReturn: z.number(), activeReturn: z.number() },
  risk: z.object({ varExceedances: z.number().nullable() }),
  lines: z.array(z.object({ total: z.number() })),
  days: z.array(
    z.object({
      ...{ date: z.string(), source: z.enum(['stated', 'own']), var: z.number().nullable() },
      ...{ portfolioReturn: z.number(), benchmarkReturn: z.number() },
    }),
  ),
});

/** Asks attribution again what the desk has asked it. @param paths as the script has them */
export async function readPerformance(
  url: string,
  token: string,
  paths: readonly string[],
): Promise<PerformanceFinding[]> {
  const found: PerformanceFinding[] = [];
  for (const path of paths) {
    const { risk, ...answer } = await getJson(`${url}${path}`, token, performance);
    found.push({ ...answer, varExceedances: risk.varExceedances });
  }
  return found;
}
