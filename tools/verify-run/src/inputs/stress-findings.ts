/** What a simulation says of its losses. */
export interface DistributionFinding {
  readonly generator: string;
  readonly confidence: number;
  readonly var: number;
  readonly varInterval: readonly number[];
  readonly es: number;
  readonly esStandardError: number;
  readonly meanLoss: number;
  readonly worstLoss: number;
  readonly paths: number;
  readonly seed: number;
}

/** One position in a run of sensitivities. */
export interface SensitivityFinding {
  readonly instrumentId: string;
  readonly weight: number;
  readonly toWeight: number;
  readonly toVolatility: number;
  readonly lossPerPercent: number;
}

/** What stress says of past losses beyond a threshold. */
export interface TailFinding {
  readonly confidence: number;
  readonly var: number;
  readonly es: number | null;
  readonly threshold: number;
  readonly excesses: number;
  readonly observations: number;
  readonly shape: number;
  readonly shapeStandardError: number | null;
  readonly scale: number;
  readonly scaleStandardError: number | null;
  readonly historicalVar: number;
  readonly historicalEs: number;
}

/** A question to stress that is no scenario of its library. */
export type StressQuestion =
  | { readonly kind: 'sensitivities' }
  | { readonly kind: 'tail'; readonly confidence: number; readonly days: number; readonly tailShare: number }
  | { readonly kind: 'reverse'; readonly loss: number }
  | {
      readonly kind: 'monteCarlo';
      readonly generator:
        | { readonly kind: 'normal' }
        | { readonly kind: 'studentT'; readonly degreesOfFreedom: number }
        | { readonly kind: 'stationaryBootstrap'; readonly meanBlockDays: number; readonly days: number };
      readonly paths: number;
      readonly confidence: number;
      readonly seed: number;
    };

/** A run that was asked for, and what it found. */
export interface StressFinding {
  readonly portfolioId: string;
  readonly question: StressQuestion;
  readonly asOf: string;
  readonly result: {
    readonly loss: number;
    readonly distance: number | null;
    readonly distribution: DistributionFinding | null;
  } | null;
  readonly sensitivities: {
    readonly deviationDaily: number;
    readonly toAllCorrelations: number;
    readonly instruments: readonly SensitivityFinding[];
  } | null;
  readonly tail: TailFinding | null;
  /** Losses of every node; none of what is no scenario. */
  readonly nodes: readonly { readonly nodeId: string; readonly parentId: string | null; readonly loss: number }[];
}

/** Everything that is asked of one portfolio. */
export const stressQuestions: readonly StressQuestion[] = [
  { kind: 'sensitivities' },
  { kind: 'reverse', loss: 0.05 },
  { kind: 'tail', confidence: 0.99, days: 1500, tailShare: 0.1 },
  ...(
    [
      { kind: 'normal' },
      { kind: 'studentT', degreesOfFreedom: 5 },
      { kind: 'stationaryBootstrap', meanBlockDays: 10, days: 1000 },
    ] as const
  ).map((generator) => ({
    ...{ kind: 'monteCarlo' as const, generator, paths: 20_000, confidence: 0.99, seed: 7 },
  })),
];
