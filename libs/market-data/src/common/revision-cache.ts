import type { Tx } from '@risk-budget/persistence';
import type { ChangedKind, ChangeLog } from './change-log.js';

/** Reads all revisions of some ids; an id without any may be left out. */
export type RevisionReader<R> = (ids: readonly string[], tx: Tx | undefined) => Promise<Map<string, readonly R[]>>;

/**
 * All revisions of things by id, kept in memory and brought up to date by the change log. What an open transaction has itself
 * written is read from the database and not kept.
 */
export class RevisionCache<R> {
  private readonly entries = new Map<string, readonly R[]>();
  /** Grows with everything forgotten: what was being read meanwhile must not be kept. */
  private generation = 0;

  constructor(
    private readonly changes: ChangeLog,
    private readonly kind: ChangedKind,
    private readonly read: RevisionReader<R>,
    private readonly capacity = 50_000,
  ) {
    changes.register(
      (change) => {
        if (change.kind !== kind) return;
        this.generation++;
        for (const id of change.keys) this.entries.delete(id);
      },
      () => this.clear(),
    );
  }

  /** Revisions of each id; none for an unknown one. */
  async get(ids: readonly string[], tx: Tx | undefined): Promise<Map<string, readonly R[]>> {
    const own = await this.changes.refresh(tx);
    const dirty = new Set(own.filter((change) => change.kind === this.kind).flatMap((change) => change.keys));
    const found = new Map<string, readonly R[]>();
    const missing: string[] = [];
    for (const id of ids) {
      const entry = dirty.has(id) ? undefined : this.entries.get(id);
      if (entry === undefined) missing.push(id);
      else found.set(id, entry);
    }
    if (missing.length === 0) return found;
    const generation = this.generation;
    const fresh = await this.read(missing, tx);
    if (this.entries.size + missing.length > this.capacity) this.clear();
    const keep = generation === this.generation;
    for (const id of missing) {
      const revisions = fresh.get(id) ?? [];
      found.set(id, revisions);
      if (keep && !dirty.has(id)) this.entries.set(id, revisions);
    }
    return found;
  }

  private clear(): void {
    this.generation++;
    this.entries.clear();
  }
}
