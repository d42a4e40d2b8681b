/** One method at one size. */
export interface Workload {
  /** What is timed, with its size: "Ledoit–Wolf to identity, 500 × 1,000". */
  readonly name: string;
  /** Makes the input, untimed, and gives the call to time. */
  readonly prepare: () => () => unknown;
  /** Ends what `prepare` opened, such as a pool. */
  readonly close?: () => Promise<void>;
}
