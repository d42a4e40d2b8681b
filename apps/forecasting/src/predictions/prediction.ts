import { finite, nonNegative, prediction } from '@risk-budget/contracts';
import { z } from 'zod';

/** `late`: arrived when its horizon had passed. `noForecast`: about something that we do not forecast. `notScored`: of regimes. */
export const predictionStatus = z.enum(['open', 'scored', 'late', 'noForecast', 'notScored', 'refused']);

/** A forecast from outside and what came of it. */
export const predictionView = prediction.extend({
  status: predictionStatus,
  outcome: z
    .object({
      windowEnd: z.iso.date(),
      realised: finite.describe('variance or return over the horizon'),
      loss: nonNegative.describe('QLIKE of a variance; squared error of a return'),
      referenceLoss: nonNegative.describe('QLIKE of ewma; squared error of no return at all'),
    })
    .nullable(),
});
export type PredictionView = z.infer<typeof predictionView>;
