import { randomUUID } from 'node:crypto';
import { breachProbabilitiesEstimated, clockAdvanced } from '@risk-budget/contracts';
import { chanceHorizons, type ChanceFinding } from '../../src/inputs/rest-findings.js';
import { brierOf } from '../../src/numerics/brier.js';
import { portfolioId, type Recorder } from './recorder.js';

/** What a run of forecasts says of two limits. */
export function giveChances(recorder: Recorder, asOf: string, modelId: string, broken: readonly string[]): void {
  recorder.publish(breachProbabilitiesEstimated, '/risk-budget/forecasting', asOf, {
    ...{
      estimateId: randomUUID(),
      portfolioId,
      asOf,
      modelId,
      paths: 10,
      seed: '1',
      unmodelled: [],
      codeVersion: 'test',
    },
    limits: ['aaa-weight', 'bbb-weight'].map((limitId, at) => ({
      ...{ limitId, limitVersion: 1, value: 0.2, bound: 0.3, broken: broken.includes(limitId) },
      probabilities: chanceHorizons.map((horizonDays) => ({
        horizonDays,
        probability: broken.includes(limitId) ? 1 : Math.min(1, (at + 2) * 0.1 * horizonDays),
      })),
    })),
  });
}

/** What forecasting would answer: only the first day’s chances over one day have passed unbroken, and both limits broke the day after. */
export function accuracyOfChances(recorder: Recorder, now: string): ChanceFinding[] {
  recorder.publish(clockAdvanced, '/upstream/replay', now, { time: now, sequence: 1 });
  const passed = [0.2, 0.3].map((probability) => ({ probability, happened: true }));
  return chanceHorizons.map((horizonDays) =>
    horizonDays === 1
      ? { portfolioId, horizonDays, observations: passed.length, ...brierOf(passed) }
      : {
          ...{ portfolioId, horizonDays, observations: 0, score: null, reliability: null, resolution: null },
          ...{ uncertainty: null, skill: null, baseRate: null, table: [] },
        },
  );
}
