import { z } from 'zod';
import { chanceHorizons, type ChanceFinding } from '../inputs/rest-findings.js';
import { getJson } from './get-json.js';

const figure = z.number().nullable();
const accuracy = z.object({
  observations: z.number(),
  ...{ score: figure, reliability: figure, resolution: figure, uncertainty: figure, skill: figure, baseRate: figure },
  table: z.array(z.object({ count: z.number(), meanForecast: figure, observedFrequency: figure })),
});

/** More chances than any run gives. */
const wholeWindow = 20_000;

/** Asks forecasting how good the chances were that it gave to the limits of each portfolio. */
export async function readChances(
  url: string,
  token: string,
  portfolioIds: readonly string[],
): Promise<ChanceFinding[]> {
  const found: ChanceFinding[] = [];
  for (const portfolioId of portfolioIds) {
    for (const horizonDays of chanceHorizons) {
      const path = `/v1/portfolios/${portfolioId}/breach-probabilities/accuracy`;
      const query = `?horizonDays=${horizonDays}&window=${wholeWindow}`;
      found.push({ portfolioId, horizonDays, ...(await getJson(`${url}${path}${query}`, token, accuracy)) });
    }
  }
  return found;
}
