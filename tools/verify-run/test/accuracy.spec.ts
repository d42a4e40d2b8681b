import { randomUUID } from 'node:crypto';
import { forecastMade, forecastScored, type ForecastScored } from '@risk-budget/contracts';
import { checkAccuracy } from '../src/checks/accuracy.js';
import { contextOf } from '../src/checks/context.js';
import { noFindings } from '../src/inputs/rest-findings.js';
import type { AccuracyFinding, MethodAccuracyFinding } from '../src/inputs/forecast-findings.js';
import { qlikeLoss } from '../src/numerics/variance-models.js';
import { run } from './corrupted.js';
import { accuraciesOf } from './synthetic/accuracy.js';
import { benchmarkId, Recorder } from './synthetic/recorder.js';

const days = [...run.inputs.closes.keys()];

/** A market that two methods forecast over one and five days, each scored when its days have passed. */
function scoredForecasts(): Recorder {
  const recorder = new Recorder(run.inputs);
  const ends: Record<number, string> = {};
  for (const [at, day] of days.slice(0, -5).entries()) {
    const forecastId = randomUUID();
    const variances = { ewma: 1e-4 * (2 + Math.sin(at)), garch: 1e-4 * (2 + Math.sin(at + 0.4)) };
    recorder.publish(forecastMade, '/risk-budget/forecasting', `${day}T21:30:00.000Z`, {
      ...{ kind: 'market', madeAt: `${day}T21:30:00.000Z`, policyVersion: 1, codeVersion: 'test' },
      forecasts: [
        {
          ...{ forecastId, subjectId: benchmarkId, currency: 'USD', asOf: `${day}T21:00:00.000Z`, champion: 'ewma' },
          volatilities: [],
        },
      ],
    });
    const scored = [1, 5].map((horizonDays): ForecastScored['scored'][number] => {
      const windowEnd = days[at + horizonDays] ?? '';
      const overlapping = day < (ends[horizonDays] ?? '');
      if (!overlapping) ends[horizonDays] = windowEnd;
      const realisedReturn = 0.03 * Math.cos(2.3 * at) * Math.sqrt(horizonDays);
      const realisedVariance = realisedReturn ** 2 + 1e-5;
      return {
        ...{
          forecastId,
          subjectId: benchmarkId,
          horizonDays,
          windowEnd,
          realisedVariance,
          realisedReturn,
          overlapping,
        },
        scores: Object.entries(variances).map(([method, daily]) => ({
          ...{ method, variance: daily * horizonDays, qlike: qlikeLoss(realisedVariance, daily * horizonDays) },
          squaredError: (realisedVariance - daily * horizonDays) ** 2,
        })),
      };
    });
    const scoredAt = `${days[at + 5] ?? ''}T21:30:00.000Z`;
    recorder.publish(forecastScored, '/risk-budget/forecasting', scoredAt, {
      ...{ kind: 'market', scoredAt, codeVersion: 'test', scored },
    });
  }
  return recorder;
}

const events = scoredForecasts().events();
const accuracies = accuraciesOf(events);

/** What is said against the accuracy of volatilities. */
function failures(told: readonly AccuracyFinding[]): readonly string[] {
  const [check] = checkAccuracy(contextOf(run.inputs, events, { ...noFindings, accuracies: told }));
  return check?.failures ?? [];
}

/** The answer with one thing of the second method over five days changed. */
function told(change: (one: MethodAccuracyFinding) => MethodAccuracyFinding): AccuracyFinding[] {
  return accuracies.map((one) =>
    one.horizonDays === 5 ? { ...one, methods: one.methods.map((of, at) => (at === 1 ? change(of) : of)) } : one,
  );
}

describe('the verification of accuracy', () => {
  it('passes what follows from the scores', () => {
    expect(failures(accuracies)).toEqual([]);
    const [, five] = accuracies;
    expect(five?.methods[1]?.mincerZarnowitz?.lags).toBe(4);
    expect(five?.methods[1]?.dieboldMariano?.observations).toBe(35);
    expect(five?.methods[1]?.coverage?.[0]?.exceedances).toBeGreaterThan(0);
  });

  it.each(['meanQlike', 'meanSquaredError', 'meanForecastVariance'] as const)('fails on a %s that is off', (figure) => {
    expect(failures(told((one) => ({ ...one, [figure]: (one[figure] ?? NaN) * (1 + 1e-6) })))).toHaveLength(1);
  });

  it.each([
    'intercept',
    'slope',
    'interceptStandardError',
    'slopeStandardError',
    'rSquared',
    'statistic',
    'pValue',
    'lags',
  ] as const)('fails on a regression of Mincer and Zarnowitz whose %s is off', (figure) => {
    const off = told((one) => ({
      ...one,
      mincerZarnowitz: one.mincerZarnowitz && { ...one.mincerZarnowitz, [figure]: one.mincerZarnowitz[figure] + 1e-6 },
    }));
    expect(failures(off)).toHaveLength(1);
  });

  it.each(['statistic', 'pValue', 'meanDifference'] as const)(
    'fails on a test of Diebold and Mariano whose %s is off',
    (figure) => {
      const off = told((one) => ({
        ...one,
        dieboldMariano: one.dieboldMariano && { ...one.dieboldMariano, [figure]: one.dieboldMariano[figure] + 1e-6 },
      }));
      expect(failures(off)).toHaveLength(1);
    },
  );

  it('fails on a test that nobody made', () => {
    expect(failures(told((one) => ({ ...one, mincerZarnowitz: null })))).not.toEqual([]);
    expect(failures(told((one) => ({ ...one, dieboldMariano: null })))).not.toEqual([]);
    expect(failures(told((one) => ({ ...one, coverage: [] })))).toHaveLength(1);
  });

  it.each(['kupiec', 'independence', 'conditionalCoverage'] as const)('fails on a coverage whose %s is off', (test) => {
    const off = told((one) => ({
      ...one,
      coverage: one.coverage?.map((level) => ({
        ...level,
        [test]: level[test] && { ...level[test], pValue: level[test].pValue + 1e-6 },
      })),
    }));
    expect(failures(off)).toHaveLength(2);
  });

  it('fails on exceedances that are hidden, on scores that are left out and on a horizon of which nothing is said', () => {
    const hidden = told((one) => ({ ...one, coverage: one.coverage?.map((level) => ({ ...level, exceedances: 0 })) }));
    expect(failures(hidden)).not.toEqual([]);
    expect(failures(accuracies.map((one) => ({ ...one, scores: one.scores - 1 })))).toHaveLength(2);
    expect(failures(accuracies.map((one) => ({ ...one, independentScores: 1 })))).toHaveLength(2);
    expect(failures(accuracies.slice(1))).toHaveLength(1);
    expect(failures([])).toContain('nobody was asked');
  });
});
