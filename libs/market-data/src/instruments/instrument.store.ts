import type { Instrument } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import type { Source } from '../common/as-of.js';

/** Instruments and every revision of their definition. */
export abstract class InstrumentStore {
  /** Stores definitions as known from the source's time. @returns ids of those that changed */
  abstract put(instruments: readonly Instrument[], source: Source, tx?: Tx): Promise<string[]>;
  /** Definitions known at `knownAt` (the newest when absent), by id; unknown ids are absent. */
  abstract find(ids: readonly string[], knownAt?: string, tx?: Tx): Promise<Map<string, Instrument>>;
  /** All instruments, by id. */
  abstract list(knownAt?: string, tx?: Tx): Promise<Instrument[]>;
}
