/** One method at one size. */
export interface Workload {
  /** What is timed, with its size: "Ledoit–Wolf to identity, 500 × 1,000". */
  readonly name: string;
  /** Its place in the table of growth. */
  readonly grows?: { readonly method: string; readonly assets: number };
  /** Makes the input, untimed, and gives the call to time. */
  readonly prepare: () => () => unknown;
  /** Ends what `prepare` opened, such as a pool. */
  readonly close?: () => Promise<void>;
}

/** What one workload took. */
export interface Measured {
  readonly name: string;
  readonly grows?: Workload['grows'];
  /** Milliseconds. */
  readonly median: number;
  readonly best: number;
  readonly peakMiB: number;
}
