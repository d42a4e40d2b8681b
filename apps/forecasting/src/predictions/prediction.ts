import { finite, prediction } from '@risk-budget/contracts';
import { z } from 'zod';

/**
 * `late`: arrived when its horizon had passed. `noForecast`: about something that we do not forecast. `notScored`: of more regimes than
 * our models tell apart. `refused`: under the name of a method of ours, or of probabilities that do not sum to 1.
 */
export const predictionStatus = z.enum(['open', 'scored', 'late', 'noForecast', 'notScored', 'refused']);

/** A forecast from outside and what came of it. */
export const predictionView = prediction.extend({
  status: predictionStatus,
  outcome: z
    .object({
      windowEnd: z.iso.date(),
      realised: finite.describe('variance or return over the horizon; return of its last day for regimes'),
      loss: finite.describe('QLIKE of a variance; squared error of a return; negative logarithmic score of regimes'),
      referenceLoss: finite.describe('QLIKE of ewma; squared error of no return at all; of the stationary chain'),
    })
    .nullable(),
});
export type PredictionView = z.infer<typeof predictionView>;
