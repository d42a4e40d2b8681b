import type { PredictionMade } from '@risk-budget/contracts';
import type { Vendor } from '../script/world.schema.js';

/**
 * What a vendor forecasts after a close: Σ λ^i r²(t−i) / Σ λ^i over the last days of its window, r being simple daily returns, times the days
 * of each horizon. It knows no later close.
 *
 * @param closes of the vendor's instrument up to the day, oldest first: one more than the days of its window
 * @throws Error when there are fewer
 */
export function predictionsOf(
  { source, subjectId, decay, windowDays, horizonsDays }: Vendor,
  closes: readonly number[],
  { date, madeAt }: { readonly date: string; readonly madeAt: string },
): PredictionMade[] {
  if (closes.length <= windowDays)
    throw new Error(`${source} needs ${windowDays + 1} closes, ${closes.length} are there`);
  let weighted = 0;
  let weights = 0;
  for (let back = 0; back < windowDays; back++) {
    const at = closes.length - 1 - back;
    const change = (closes[at] ?? NaN) / (closes[at - 1] ?? NaN) - 1;
    weighted += decay ** back * change * change;
    weights += decay ** back;
  }
  const daily = weighted / weights;
  return horizonsDays.map((horizonDays) => ({
    ...{ kind: 'market', subjectId, source, madeAt, horizonDays, predictionId: `${date}-${horizonDays}d` },
    forecast: { target: 'volatility', variance: daily * horizonDays },
  }));
}
