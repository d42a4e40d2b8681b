import type { Regression, TestOutcome } from '../numerics/forecast-tests.js';

/** By which numbers forecasts are judged from a moment on. */
export interface ForecastPolicyFinding {
  readonly version: number;
  /** Null for the one that the service comes with. */
  readonly effectiveFrom: string | null;
  readonly lossDiscount: number;
  readonly champion: {
    readonly minimumObservations: number;
    readonly margin: number;
    readonly dwellDays: number;
  };
}

export const accuracyHorizons = [1, 5, 20] as const;

/** How one method has done; what is not told of a sort of forecasts is absent, what the scores are too few for is null. */
export interface MethodAccuracyFinding {
  readonly method: string;
  readonly observations: number;
  readonly meanQlike?: number | undefined;
  readonly meanSquaredError?: number | undefined;
  readonly meanForecastVariance?: number | undefined;
  readonly meanLogScore?: number | undefined;
  readonly mincerZarnowitz?: Regression | null | undefined;
  readonly dieboldMariano: (TestOutcome & { readonly meanDifference: number; readonly observations: number }) | null;
  readonly coverage?:
    | readonly {
        readonly confidence: number;
        readonly observations: number;
        readonly exceedances: number;
        readonly kupiec: TestOutcome | null;
        readonly independence: TestOutcome | null;
        readonly conditionalCoverage: TestOutcome | null;
      }[]
    | undefined;
}

/** How good forecasts have been over all scores of one horizon. */
export interface AccuracyFinding {
  /** What was forecast: volatilities, correlations, or the regimes of a market with so many states. */
  readonly of: 'volatility' | 'correlations' | 'regimes';
  /** Kind and name of a subject, name of a set, or market and number of states. */
  readonly name: string;
  readonly horizonDays: number;
  readonly scores: number;
  readonly independentScores?: number | undefined;
  readonly methods: readonly MethodAccuracyFinding[];
}
