/**
 * `stationary`: a Markov-switching model, its first day drawn from the chain's stationary distribution. `free`: a hidden
 * Markov model whose initial distribution is estimated with the rest.
 */
export type RegimeStart = 'stationary' | 'free';

export interface RegimeSpecification {
  readonly states: 2 | 3;
  readonly start?: RegimeStart;
  /** `switching`: each state has its own mean; `zero`: none has. Default `switching`. */
  readonly mean?: 'switching' | 'zero';
}

/** The chain and what each state does; states in ascending order of variance. */
export interface RegimeParameters {
  /** Per day, fraction. */
  readonly means: Float64Array;
  /** Per day, fraction². */
  readonly variances: Float64Array;
  /** K×K row-major: the probability of the column's state tomorrow, given the row's today. */
  readonly transition: Float64Array;
  /** Of the first day. */
  readonly initial: Float64Array;
}

/** What the data say of the state of each day. Probabilities are T×K row-major. */
export interface RegimeProbabilities {
  /** Given the days up to it: the only ones to use as of a day. */
  readonly filtered: Float64Array;
  /** Given all days. */
  readonly smoothed: Float64Array;
  /** Of the day after the last. */
  readonly next: Float64Array;
  /** Of returns in percent. */
  readonly logLikelihood: number;
}

export interface RegimeFit extends RegimeProbabilities {
  readonly specification: Required<RegimeSpecification>;
  readonly parameters: RegimeParameters;
  /** From the second derivatives of the likelihood; null where a parameter is not estimated, lies on a bound, or follows from others (the diagonal). */
  readonly standardErrors: {
    readonly means: readonly (number | null)[];
    readonly variances: readonly (number | null)[];
    readonly transition: readonly (number | null)[];
  };
  /** The share of days in each state in the long run; null when the chain can be caught in more than one place. */
  readonly stationary: Float64Array | null;
  /** Days that a stay in each state lasts, 1 / (1 − p_ii); null when it never ends. */
  readonly expectedDurations: readonly (number | null)[];
  readonly observations: number;
  readonly status: 'converged' | 'notConverged';
  /** How far a Newton step would still raise the log-likelihood. */
  readonly residual: number;
  readonly iterations: number;
  /** Names of the bounds that hold with equality, such as `transition 1→3 ≥ 0`; states count from 1. */
  readonly atBound: readonly string[];
}
