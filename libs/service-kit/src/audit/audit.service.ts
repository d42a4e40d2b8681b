import { NotFoundError, type Clock, type Instant } from '@risk-budget/contracts';
import { executeLater, rows, type Persistence, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { normalInstant } from '../clock/instants.js';
import { decodeCursor, toPage, type Page } from '../http/paging.js';
import { entryColumns, genesis, hashOf } from './audit-entry.js';
import type { AuditEntry, AuditRecord, AuditVerification } from './audit.types.js';
import { canonicalJson } from './canonical-json.js';
import { verifyChain } from './verify-chain.js';

/**
 * Decisions on record, in one hash chain per portfolio and one for the service. An entry binds the one before it by its hash, so that a
 * changed, inserted or missing entry shows; the last entry's hash goes out daily in `platform.audit-anchors`, so that a truncated chain
 * shows too.
 */
export class AuditService {
  constructor(
    private readonly persistence: Persistence,
    private readonly clock: Clock,
    private readonly wallNow: () => Instant,
  ) {}

  /**
   * Appends a decision in the caller's transaction. Writers of one chain wait for each other until commit, so append late in a
   * transaction, and to several chains in the order of their names.
   */
  async append(tx: Tx, record: AuditRecord): Promise<AuditEntry> {
    const head = (await lockHead(tx, record.chain)) ?? (await makeHead(tx, record.chain));
    const content = {
      chain: record.chain,
      position: (head?.length ?? 0) + 1,
      previous: head?.hash ?? genesis,
      occurredAt: normalInstant(record.occurredAt ?? this.clock.now()),
      recordedAt: normalInstant(this.wallNow()),
      actor: record.actor,
      action: record.action,
      subject: record.subject,
      data: record.data,
    };
    const entry: AuditEntry = { ...content, hash: hashOf(content) };
    await executeLater(
      tx,
      `INSERT INTO audit_entry (chain, position, previous, hash, occurred_at, recorded_at, actor, action, subject, data)
       VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10::jsonb)`,
      [
        entry.chain,
        entry.position,
        entry.previous,
        entry.hash,
        entry.occurredAt,
        entry.recordedAt,
        canonicalJson(entry.actor),
        entry.action,
        entry.subject,
        canonicalJson(entry.data),
      ],
    );
    await executeLater(tx, 'UPDATE audit_head SET length = $2, hash = $3 WHERE chain = $1', [
      entry.chain,
      entry.position,
      entry.hash,
    ]);
    return entry;
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

  private async requireChain(chain: string): Promise<void> {
    const [known] = await this.persistence.query(
      'SELECT 1 FROM audit_head WHERE chain = $1 UNION ALL SELECT 1 FROM audit_anchor WHERE chain = $1 LIMIT 1',
      [chain],
    );
    if (known === undefined) throw new NotFoundError('audit chain', chain);
  }
}

interface Head {
  readonly length: number;
  readonly hash: string;
}

/** The end of a chain, locked until the transaction ends; undefined before its first entry. */
async function lockHead(tx: Tx, chain: string): Promise<Head | undefined> {
  const [head] = await rows<Head>(tx, 'SELECT length, hash FROM audit_head WHERE chain = $1 FOR UPDATE', [chain]);
  return head;
}

/** The same of a chain that nothing is known of: another transaction may make it at the same time. */
async function makeHead(tx: Tx, chain: string): Promise<Head | undefined> {
  await executeLater(
    tx,
    'INSERT INTO audit_head (chain, length, hash) VALUES ($1, 0, $2) ON CONFLICT (chain) DO NOTHING',
    [chain, genesis],
  );
  return lockHead(tx, chain);
}
