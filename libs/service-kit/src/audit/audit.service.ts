import { NotFoundError, type Clock, type Instant } from '@risk-budget/contracts';
import { bindBeforeCommit, type Persistence, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { normalInstant } from '../clock/instants.js';
import { decodeCursor, toPage, type Page } from '../http/paging.js';
import { bindToChains, type Decision } from './audit-chains.js';
import { entryColumns } from './audit-entry.js';
import type { AuditEntry, AuditRecord, AuditVerification } from './audit.types.js';
import { verifyChain } from './verify-chain.js';

/**
 * Decisions on record, in one hash chain per portfolio and one for the service. An entry binds the one before it by its hash, so that a
 * changed, inserted or missing entry shows; the last entry's hash goes out daily in `platform.audit-anchors`, so that a truncated chain
 * shows too.
 */
export class AuditService {
  /** Decisions of open transactions, by their connections. */
  private readonly pending = new WeakMap<object, Decision[]>();

  constructor(
    private readonly persistence: Persistence,
    private readonly clock: Clock,
    private readonly wallNow: () => Instant,
  ) {}

  /**
   * Appends a decision in the caller's transaction. It is bound to its chain as the last thing before the commit, for writers of one chain
   * wait for each other until then.
   */
  async append(tx: Tx, record: AuditRecord): Promise<void> {
    const decision: Decision = {
      ...record,
      occurredAt: normalInstant(record.occurredAt ?? this.clock.now()),
      recordedAt: normalInstant(this.wallNow()),
    };
    const runner = tx.queryRunner ?? tx;
    const waiting = this.pending.get(runner);
    if (waiting !== undefined) {
      waiting.push(decision);
    } else if (bindBeforeCommit(tx, { bind: () => this.bind(tx), forget: () => this.pending.delete(runner) })) {
      this.pending.set(runner, [decision]);
    } else {
      // A transaction that somebody else opened tells us nothing of its end.
      await bindToChains(tx, [decision]);
    }
  }

  /** Entries of a chain, oldest first. @throws NotFoundError for a chain without any */
  async list(chain: string, page: { limit: number; cursor?: string | undefined }): Promise<Page<AuditEntry>> {
    const after = decodeCursor(page.cursor, z.int().min(0)) ?? 0;
    const found = await this.persistence.query<AuditEntry>(
      `SELECT ${entryColumns} FROM audit_entry WHERE chain = $1 AND position > $2 ORDER BY position LIMIT $3`,
      [chain, after, page.limit + 1],
    );
    if (found.length === 0) await this.requireChain(chain);
    return toPage(
      found,
      page.limit,
      (entry) => entry.position,
      (entry) => entry,
    );
  }

  /** Recomputes a chain from its first entry and compares it with its head and its anchors. @throws NotFoundError for an unknown chain */
  async verify(chain: string): Promise<AuditVerification> {
    await this.requireChain(chain);
    return verifyChain(this.persistence, chain);
  }

  private async bind(tx: Tx): Promise<void> {
    const runner = tx.queryRunner ?? tx;
    const decisions = this.pending.get(runner) ?? [];
    this.pending.delete(runner);
    await bindToChains(tx, decisions);
  }

  private async requireChain(chain: string): Promise<void> {
    const [known] = await this.persistence.query(
      'SELECT 1 FROM audit_head WHERE chain = $1 UNION ALL SELECT 1 FROM audit_anchor WHERE chain = $1 LIMIT 1',
      [chain],
    );
    if (known === undefined) throw new NotFoundError('audit chain', chain);
  }
}
