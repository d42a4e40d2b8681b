import { Injectable } from '@nestjs/common';
import { instrument as instrumentSchema, type Instant, type Instrument } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import type { Source } from '../common/as-of.js';
import { ChangeLog } from '../common/change-log.js';
import { write } from '../common/database.js';
import { DefinitionTable, type DefinitionPage, type DefinitionRevision } from '../common/definition-table.js';
import { unknownInstruments } from '../errors.js';

/** Instruments and every revision of their definition. */
@Injectable()
export class InstrumentStore {
  private readonly table: DefinitionTable<Instrument>;
  /** Revisions by id, in the order in which they became known; an unknown id has none. */
  private readonly cache = new Map<string, readonly DefinitionRevision<Instrument>[]>();
  /** Grows with everything forgotten: what was read before must not be kept. */
  private generation = 0;

  constructor(
    private readonly persistence: Persistence,
    private readonly changes: ChangeLog,
  ) {
    this.table = new DefinitionTable(persistence, 'md_instrument', instrumentSchema);
    changes.register(
      (change) => {
        if (change.kind !== 'instrument') return;
        this.generation++;
        for (const id of change.keys) this.cache.delete(id);
      },
      () => {
        this.generation++;
        this.cache.clear();
      },
    );
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
    const own = await this.changes.refresh(tx);
    const dirty = new Set(own.filter((change) => change.kind === 'instrument').flatMap((change) => change.keys));
    const missing = ids.filter((id) => dirty.has(id) || !this.cache.has(id));
    const known = new Map<string, readonly DefinitionRevision<Instrument>[]>();
    for (const id of ids) if (!dirty.has(id)) known.set(id, this.cache.get(id) ?? []);
    if (missing.length > 0) {
      const generation = this.generation;
      const fresh = groupById(await this.table.revisions(missing, tx));
      for (const id of missing) {
        const revisions = fresh.get(id) ?? [];
        known.set(id, revisions);
        if (!dirty.has(id) && generation === this.generation) this.cache.set(id, revisions);
      }
    }
    const found = new Map<string, Instrument>();
    for (const id of ids) {
      const value = knownRevision(known.get(id) ?? [], knownAt);
      if (value !== undefined) found.set(id, value);
    }
    return found;
  }

  /** @throws MarketDataError `MARKET_DATA.UNKNOWN_INSTRUMENT` naming those that are missing */
  async get(ids: readonly string[], knownAt?: Instant, tx?: Tx): Promise<Map<string, Instrument>> {
    const found = await this.find(ids, knownAt, tx);
    if (found.size < new Set(ids).size) throw unknownInstruments([...new Set(ids)].filter((id) => !found.has(id)));
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

function groupById<T>(revisions: readonly DefinitionRevision<T>[]): Map<string, DefinitionRevision<T>[]> {
  const groups = new Map<string, DefinitionRevision<T>[]>();
  for (const revision of revisions) {
    const group = groups.get(revision.id);
    if (group === undefined) groups.set(revision.id, [revision]);
    else group.push(revision);
  }
  return groups;
}

function knownRevision<T>(revisions: readonly DefinitionRevision<T>[], knownAt: Instant | undefined): T | undefined {
  if (knownAt === undefined) return revisions.at(-1)?.value;
  const limit = Date.parse(knownAt);
  return revisions.findLast((revision) => Date.parse(revision.knownAt) <= limit)?.value;
}
