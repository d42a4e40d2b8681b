import { Injectable } from '@nestjs/common';
import { instrument as instrumentSchema, type Instant, type Instrument } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import type { Source } from '../common/as-of.js';
import { ChangeLog } from '../common/change-log.js';
import { write } from '../common/database.js';
import {
  DefinitionTable,
  knownRevision,
  type DefinitionPage,
  type DefinitionRevision,
} from '../common/definition-table.js';
import { RevisionCache } from '../common/revision-cache.js';
import { unknownInstruments } from '../errors.js';

/** Instruments and every revision of their definition. */
@Injectable()
export class InstrumentStore {
  private readonly table: DefinitionTable<Instrument>;
  private readonly cache: RevisionCache<DefinitionRevision<Instrument>>;

  constructor(
    private readonly persistence: Persistence,
    private readonly changes: ChangeLog,
  ) {
    this.table = new DefinitionTable(persistence, 'md_instrument', instrumentSchema);
    this.cache = new RevisionCache(changes, 'instrument', (ids, tx) => this.table.revisions(ids, tx));
  }

  /** Stores definitions as known from the source's time. @returns ids of those that changed */
  async put(instruments: readonly Instrument[], source: Source, tx?: Tx): Promise<string[]> {
    const given = new Map(instruments.map((instrument) => [instrument.instrumentId, instrument]));
    return write(this.persistence, tx, async (inTx) => {
      const changed = await this.table.put(inTx, given, source);
      if (changed.length > 0) await this.changes.append(inTx, 'instrument', changed, undefined);
      return changed;
    });
  }

  /** Definitions known at `knownAt` (the newest when absent), by id; unknown ids are absent. */
  async find(ids: readonly string[], knownAt?: Instant, tx?: Tx): Promise<Map<string, Instrument>> {
    const found = new Map<string, Instrument>();
    for (const [id, revisions] of await this.cache.get(ids, tx)) {
      const known = knownRevision(revisions, knownAt);
      if (known !== undefined) found.set(id, known);
    }
    return found;
  }

  /** @throws MarketDataError `MARKET_DATA.UNKNOWN_INSTRUMENT` naming those that are missing */
  async get(ids: readonly string[], knownAt?: Instant, tx?: Tx): Promise<Map<string, Instrument>> {
    const found = await this.find(ids, knownAt, tx);
    const missing = [...new Set(ids)].filter((id) => !found.has(id));
    if (missing.length > 0) throw unknownInstruments(missing);
    return found;
  }

  /** Some instruments by id, from behind one on. */
  page(options: DefinitionPage, tx?: Tx): Promise<Instrument[]> {
    return this.table.page(options, tx);
  }

  /** All instruments, by id. */
  async list(knownAt?: Instant, tx?: Tx): Promise<Instrument[]> {
    return [...(await this.table.find(undefined, knownAt, tx)).values()];
  }
}
