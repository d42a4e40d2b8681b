import { failureOf } from '../../test/support/failure.js';
import { activeRiskBudgeting } from '../allocation/active-risk.js';
import { sampleCovariance } from '../covariance/sample.js';
import { lossMoments } from '../measures/cornish-fisher.js';
import { createCovariance } from '../model/covariance.js';
import { createReturns } from '../model/returns.js';
import { minimumVariance } from '../optimisation/mean-variance.js';
import { cappedRisk } from '../optimisation/risk-cap.js';
import type { RiskMathFailureDetails, RiskMathFailureReason } from './risk-math-error.js';

const ids = ['A', 'B'];
const covariance = createCovariance(Float64Array.of(1e-4, 2e-5, 2e-5, 4e-4), 2, { ids });
const half = Float64Array.of(0.5, 0.5);

interface Case {
  readonly call: () => unknown;
  /** What the failure carries beside its reason. */
  readonly carries?: keyof RiskMathFailureDetails;
}

/** One public call for each reason; the compiler asks for a new one when a reason is added. */
const cases: Readonly<Record<RiskMathFailureReason, Case>> = {
  tooFewObservations: {
    call: () => sampleCovariance(createReturns(Float64Array.of(0.01, 0.02), 1, 2)),
    carries: 'needed',
  },
  notPositiveSemiDefinite: {
    call: () => createCovariance(Float64Array.of(1e-4, 3e-4, 3e-4, 4e-4), 2),
  },
  infeasible: {
    call: () =>
      minimumVariance({ covariance, constraints: { bounds: ids.map((assetId) => ({ assetId, upper: 0.4 })) } }),
    carries: 'clashing',
  },
  notConverged: {
    call: () =>
      cappedRisk({
        covariance,
        expectedReturns: half,
        riskAversion: 1,
        caps: [{ id: 'cap', assetIds: ['B'], share: 0.1 }],
        constraints: { bounds: [{ assetId: 'B', lower: 0.9 }] },
        starts: 1,
      }),
    carries: 'iterations',
  },
  outOfDomain: {
    call: () => lossMoments(new Float64Array(4)),
    carries: 'field',
  },
  ambiguous: {
    call: () => activeRiskBudgeting({ covariance, budgets: half, benchmark: { kind: 'weights', weights: half } }),
  },
  invalidInput: {
    call: () => sampleCovariance(createReturns(Float64Array.of(0.01, NaN, 0.02, 0.01), 2, 2)),
    carries: 'field',
  },
};

describe('the closed set of reasons', () => {
  it.each(Object.entries(cases))('%s is reached by a public call', (reason, { call, carries }) => {
    const failure = failureOf(call);
    expect(failure.reason).toBe(reason);
    if (carries !== undefined) expect(failure.details[carries]).toBeDefined();
  });
});
