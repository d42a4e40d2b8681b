/** Numbers handed to a Python peer: row-major float64, with its shape. */
export interface SharedArray {
  readonly values: Float64Array;
  readonly shape: readonly number[];
}

/**
 * One line of the table of speed: one file `rows/<id>.ts`, and one `tools/bench/peers/<id>.py` when a peer is Python.
 * Every case is prepared only when its turn comes.
 */
export interface PeerRow {
  /** As the file is called. */
  readonly id: string;
  /** What is computed, as the table calls it. */
  readonly job: string;
  /** The goal in words, as the table states it. */
  readonly goal: string;
  /** Threads on either side; 1 unless said. The Python process gets as many for its BLAS. */
  readonly threads?: number;
  readonly cases: readonly (() => PeerCase | Promise<PeerCase>)[];
}

/** One size of a job. */
export interface PeerCase {
  /** "n = 500". */
  readonly name: string;
  /** What `prepare` of the Python file gets, by name. */
  readonly inputs: Readonly<Record<string, SharedArray>>;
  /** Plain JSON beside the arrays, such as a confidence. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** The computation of ours that is timed. */
  readonly run: () => unknown;
  /** The numbers of ours that peers' are compared with, flat; by default the peers' result has the same length and order. */
  readonly result: () => ArrayLike<number> | Promise<ArrayLike<number>>;
  readonly peers: readonly Peer[];
  /** Ours must also be below this, whatever the peers take. */
  readonly underMilliseconds?: number;
  /** More times of ours, printed beside and not judged, such as the same job from returns. */
  readonly beside?: readonly { readonly name: string; readonly run: () => unknown }[];
  /** Called when the case is over. */
  readonly close?: () => Promise<void>;
}

export interface Peer {
  /** As the table calls it; a Python peer's name is its key in `PEERS` of the Python file. */
  readonly name: string;
  /** A peer that runs in this process, an npm package: the call to time, which returns flat numbers. Absent: Python. */
  readonly local?: () => () => ArrayLike<number>;
  readonly agreement: Agreement;
  /** Our time over the peer's may be at most this; absent: shown and not judged. */
  readonly atMost?: number;
}

/** How the two results are compared, before any timing; timing is refused where they differ. */
export interface Agreement {
  /** In words, for the page: "weights", "log-likelihood no worse". */
  readonly of: string;
  /** By default the largest difference over the largest number; a negative one agrees always. */
  readonly difference?: (ours: ArrayLike<number>, theirs: ArrayLike<number>) => number;
  readonly tolerance: number;
}
