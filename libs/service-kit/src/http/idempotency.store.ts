import { randomUUID } from 'node:crypto';
import { execute, executeLater, rows, type Persistence, type Tx } from '@risk-budget/persistence';
import { KitError } from '../errors/kit-error.js';

/** Whose key it is and what it was sent to. */
export interface KeyIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly route: string;
  readonly key: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** Either the right to carry the request out, as a numbered attempt, or the answer of who did. */
export interface Claim {
  readonly attempt: string;
  readonly answer?: StoredAnswer;
}

interface KeyRow {
  bodyHash: string;
  locked: boolean;
  committed: boolean;
  status: number | null;
  headers: Record<string, string> | null;
  body: string | null;
}

/** A request is given this long before another instance may take its key over. */
const lockSeconds = 90;
const keptDays = 2;
const where = 'issuer = $1 AND subject = $2 AND route = $3 AND key = $4';

/** Idempotency keys as rows, in the service's own schema. */
export class IdempotencyStore {
  constructor(private readonly persistence: Persistence) {}

  /** @throws KitError `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_IN_PROGRESS` or `IDEMPOTENCY_OUTCOME_UNKNOWN` */
  async claim(identity: KeyIdentity, bodyHash: string): Promise<Claim> {
    const attempt = randomUUID();
    return this.persistence.transaction(async (tx) => {
      const inserted = await execute(
        tx,
        `INSERT INTO idempotency_key (issuer, subject, route, key, body_hash, attempt, locked_until)
         VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + interval '${lockSeconds} seconds') ON CONFLICT DO NOTHING`,
        [...values(identity), bodyHash, attempt],
      );
      if (inserted === 1) return { attempt };
      const [row] = await rows<KeyRow>(
        tx,
        `SELECT body_hash AS "bodyHash", locked_until > clock_timestamp() AS locked, committed, status, headers, body
         FROM idempotency_key WHERE ${where} FOR UPDATE`,
        values(identity),
      );
      if (row === undefined) throw new KitError('IDEMPOTENCY_KEY_IN_PROGRESS', { retryAfterSeconds: 1 });
      if (row.bodyHash !== bodyHash) throw new KitError('IDEMPOTENCY_KEY_REUSED');
      if (row.status !== null)
        return { attempt, answer: { status: row.status, headers: row.headers ?? {}, body: row.body } };
      if (row.committed) throw new KitError('IDEMPOTENCY_OUTCOME_UNKNOWN');
      if (row.locked) throw new KitError('IDEMPOTENCY_KEY_IN_PROGRESS', { retryAfterSeconds: 1 });
      await executeLater(
        tx,
        `UPDATE idempotency_key SET attempt = $5, locked_until = clock_timestamp() + interval '${lockSeconds} seconds' WHERE ${where}`,
        [...values(identity), attempt],
      );
      return { attempt };
    });
  }

  /** Part of the handler's own transaction, so that it commits for one attempt only. @throws KitError when another attempt has taken over */
  async markCommitted(tx: Tx, identity: KeyIdentity, attempt: string): Promise<void> {
    const touched = await execute(
      tx,
      `UPDATE idempotency_key SET committed = TRUE WHERE ${where} AND attempt = $5 AND NOT committed`,
      [...values(identity), attempt],
    );
    if (touched === 0) throw new KitError('IDEMPOTENCY_KEY_IN_PROGRESS', { retryAfterSeconds: 1 });
  }

  async complete(identity: KeyIdentity, attempt: string, answer: StoredAnswer): Promise<void> {
    await this.update(identity, attempt, 'SET status = $6, headers = $7::jsonb, body = $8', [
      answer.status,
      JSON.stringify(answer.headers),
      answer.body,
    ]);
  }

  /** Forgets an attempt that changed nothing. */
  async release(identity: KeyIdentity, attempt: string): Promise<void> {
    await this.persistence.transaction((tx) =>
      execute(tx, `DELETE FROM idempotency_key WHERE ${where} AND attempt = $5`, [...values(identity), attempt]),
    );
  }

  /** Lets the next repeat find out how an attempt ended that broke off. */
  async unlock(identity: KeyIdentity, attempt: string): Promise<void> {
    await this.update(identity, attempt, `SET locked_until = '-infinity'`, []);
  }

  /** Forgets keys of some days ago. */
  async prune(): Promise<void> {
    await this.persistence.query(
      `DELETE FROM idempotency_key WHERE created_at < clock_timestamp() - interval '${keptDays} days'`,
    );
  }

  private async update(identity: KeyIdentity, attempt: string, assignment: string, more: unknown[]): Promise<void> {
    await this.persistence.transaction((tx) =>
      execute(tx, `UPDATE idempotency_key ${assignment} WHERE ${where} AND attempt = $5`, [
        ...values(identity),
        attempt,
        ...more,
      ]),
    );
  }
}

function values(identity: KeyIdentity): unknown[] {
  return [identity.issuer, identity.subject, identity.route, identity.key];
}
