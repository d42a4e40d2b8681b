import type { ForecastPolicy } from '../forecast-policy/forecast-policy.js';
import { lossesOf, type MethodLoss, type Standing } from '../accuracy/standing.js';
import { OWN_METHODS } from '../volatility/horizons.js';

/** A switch that the policy asks for. */
export interface Switch {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly losses: readonly MethodLoss[];
}

/** Champions are judged by the next day, of which there is most evidence. */
export const JUDGED_HORIZON = 1;

/**
 * The challenger that takes over, if any: enough scores of both, enough scores since the last switch, and a discounted mean
 * QLIKE below the champion's by the margin. Only our own methods compete; sources outside are shown beside them.
 */
export function challengerOf(standing: Standing, { champion: rule }: ForecastPolicy): Switch | undefined {
  const losses = lossesOf(standing, JUDGED_HORIZON).filter(({ method }) => OWN_METHODS.includes(method));
  const current = losses.find(({ method }) => method === standing.champion);
  if (current === undefined || current.observations < rule.minimumObservations) return undefined;
  if (standing.championSince !== null && standing.scoresSinceSwitch < rule.dwellDays) return undefined;
  const best = losses
    .filter(({ method, observations }) => method !== standing.champion && observations >= rule.minimumObservations)
    .sort((a, b) => a.loss - b.loss || OWN_METHODS.indexOf(a.method) - OWN_METHODS.indexOf(b.method))[0];
  if (best === undefined || best.loss >= (1 - rule.margin) * current.loss) return undefined;
  return {
    from: current.method,
    to: best.method,
    reason:
      `The discounted mean QLIKE of ${best.method}, ${best.loss.toPrecision(4)}, is more than ${rule.margin * 100} % below ` +
      `that of ${current.method}, ${current.loss.toPrecision(4)}, after ${current.observations} scores.`,
    losses,
  };
}
