import { Injectable } from '@nestjs/common';
import type { PositionChanges, PositionsSnapshot } from '@risk-budget/contracts';
import { Persistence, rows, type Tx } from '@risk-budget/persistence';
import type { AsOf, Source } from '../common/as-of.js';
import { ChangeLog } from '../common/change-log.js';
import { LeastRecentlyUsed } from '../common/least-recently-used.js';
import { read, write } from '../common/database.js';
import { microsOf } from '../common/moments.js';
import { RevisionCache } from '../common/revision-cache.js';
import { CorporateActionStore } from '../corporate-actions/corporate-action.store.js';
import { holdingsOf, type Holdings } from './holdings.js';
import type { Statement } from './statements.js';

/** What storing a statement did. */
export interface StatementResult {
  readonly changed: boolean;
  /** Whether no statement with a higher sequence is stored. */
  readonly latest: boolean;
}

interface Header {
  sequence: number;
  source_id: string;
  revision: number;
  kind: Statement['kind'];
  as_of: string;
}

/** A revision of a recent statement; times in microseconds. */
interface RecentHeader extends Header {
  readonly asOf: number;
  readonly knownAt: number;
}

/** Positions and changes kept in memory a process, over all portfolios. */
const CACHED_ROWS = 200_000;

/** Position snapshots and changes, in one sequence a portfolio. */
@Injectable()
export class PositionStore {
  /** Bodies by statement and the event it came from: what one event said never changes. */
  private readonly bodies = new LeastRecentlyUsed<string, Statement['body']>(CACHED_ROWS, sizeOf);
  /** By portfolio every revision from its last snapshot but one on, by sequence, of one the latest known last. */
  private readonly recent: RevisionCache<RecentHeader>;

  constructor(
    private readonly persistence: Persistence,
    private readonly corporateActions: CorporateActionStore,
    private readonly changes: ChangeLog,
  ) {
    this.recent = new RevisionCache(changes, 'position', (ids, tx) => this.readRecent(ids, tx));
  }

  /** Stores a full statement; one with a lower sequence than others replaces nothing in later views. */
  putSnapshot(snapshot: PositionsSnapshot, source: Source, tx?: Tx): Promise<StatementResult> {
    return this.put('snapshot', snapshot, source, tx);
  }

  /** Stores changes; they may arrive before what precedes them in the sequence. */
  putChanges(changes: PositionChanges, source: Source, tx?: Tx): Promise<StatementResult> {
    return this.put('changes', changes, source, tx);
  }

  /**
   * The snapshot with the highest sequence at or before `asOf`, and the changes after it up to `asOf`. Undefined without
   * a snapshot.
   *
   * @param upTo statements with a higher sequence are left out: what a number rests on that names its position sequence
   */
  holdings(portfolioId: string, at: AsOf, tx?: Tx, upTo?: number): Promise<Holdings | undefined> {
    return this.changes.once(tx, () => this.holdingsNow(portfolioId, at, tx, upTo));
  }

  /** Portfolios that hold any of the instruments, by id. */
  async holders(instrumentIds: readonly string[], at: AsOf, tx?: Tx): Promise<string[]> {
    return [...(await this.heldBy(instrumentIds, at, tx)).keys()];
  }

  /** Which of the instruments each portfolio holds that holds any, by the portfolio's id. */
  heldBy(instrumentIds: readonly string[], at: AsOf, tx?: Tx): Promise<Map<string, ReadonlySet<string>>> {
    return this.changes.onceAfter(
      tx,
      () => this.stated(tx),
      (portfolioIds) => this.heldByNow(portfolioIds, instrumentIds, at, tx),
    );
  }

  /** Portfolios that have a statement of positions. */
  private async stated(tx: Tx | undefined): Promise<string[]> {
    // A skip scan: there are few portfolios and many statements.
    const found = await read<{ portfolio_id: string }>(
      this.persistence,
      tx,
      `WITH RECURSIVE stated AS (
         SELECT min(portfolio_id) AS portfolio_id FROM md_position_statement
         UNION ALL
         SELECT (SELECT min(s.portfolio_id) FROM md_position_statement s WHERE s.portfolio_id > stated.portfolio_id)
         FROM stated WHERE stated.portfolio_id IS NOT NULL)
       SELECT portfolio_id FROM stated WHERE portfolio_id IS NOT NULL`,
    );
    return found.map(({ portfolio_id }) => portfolio_id);
  }

  private async holdingsNow(
    portfolioId: string,
    at: AsOf,
    tx: Tx | undefined,
    upTo?: number,
  ): Promise<Holdings | undefined> {
    const statements = await this.statements(portfolioId, at, upTo, tx);
    const ids = new Set<string>();
    for (const { body } of statements) {
      for (const { instrumentId } of 'positions' in body ? body.positions : body.changes) ids.add(instrumentId);
    }
    const actions = ids.size === 0 ? new Map() : await this.corporateActions.find([...ids], at, tx);
    return holdingsOf(portfolioId, at, statements, actions);
  }

  private async heldByNow(
    portfolioIds: readonly string[],
    instrumentIds: readonly string[],
    at: AsOf,
    tx: Tx | undefined,
  ): Promise<Map<string, ReadonlySet<string>>> {
    const wanted = new Set(instrumentIds);
    const holders = new Map<string, ReadonlySet<string>>();
    for (const portfolioId of portfolioIds) {
      const held = await this.holdingsNow(portfolioId, at, tx);
      const names = (held?.positions ?? []).map((position) => position.instrumentId).filter((id) => wanted.has(id));
      if (names.length > 0) holders.set(portfolioId, new Set(names));
    }
    return holders;
  }

  private async put(
    kind: Statement['kind'],
    body: Statement['body'],
    source: Source,
    tx: Tx | undefined,
  ): Promise<StatementResult> {
    return write(this.persistence, tx, async (inTx) => {
      const { portfolioId, sequence, asOf } = body;
      const inserted = await rows(
        inTx,
        `INSERT INTO md_position_statement (portfolio_id, sequence, revision, kind, as_of, known_at, source_id, body)
         SELECT $1, $2::bigint, coalesce((SELECT max(s.revision) FROM md_position_statement s
                  WHERE s.portfolio_id = $1 AND s.sequence = $2::bigint), 0) + 1, $3, $4, $5, $6, $7::jsonb
         WHERE NOT EXISTS (
           SELECT FROM (
             SELECT s.kind, s.body FROM md_position_statement s
             WHERE s.portfolio_id = $1 AND s.sequence = $2::bigint AND s.known_at <= $5
             ORDER BY s.known_at DESC, s.revision DESC LIMIT 1) known
           WHERE known.kind = $3 AND known.body = $7::jsonb)
         RETURNING revision`,
        [portfolioId, sequence, kind, asOf, source.occurredAt, source.id, JSON.stringify(body)],
      );
      const later = await rows(
        inTx,
        'SELECT FROM md_position_statement WHERE portfolio_id = $1 AND sequence > $2 LIMIT 1',
        [portfolioId, sequence],
      );
      return { changed: inserted.length > 0, latest: later.length === 0 };
    });
  }

  private async statements(
    portfolioId: string,
    at: AsOf,
    upTo: number | undefined,
    tx: Tx | undefined,
  ): Promise<Statement[]> {
    const wanted =
      fromSnapshot((await this.recent.get([portfolioId], tx)).get(portfolioId) ?? [], at, upTo) ??
      (await this.readHeaders(portfolioId, at, upTo, tx));
    await this.loadBodies(portfolioId, wanted, tx);
    return wanted.map((header) => this.statement(portfolioId, header));
  }

  private async readRecent(ids: readonly string[], tx: Tx | undefined): Promise<Map<string, RecentHeader[]>> {
    const found = await read<Header & { portfolio_id: string; known_at: string }>(
      this.persistence,
      tx,
      `SELECT s.portfolio_id, s.sequence, s.revision, s.source_id, s.kind, s.as_of, s.known_at
       FROM unnest($1::text[]) AS p(id)
       CROSS JOIN LATERAL (
         SELECT min(sequence) AS first FROM (
           SELECT DISTINCT sequence FROM md_position_statement
           WHERE portfolio_id = p.id AND kind = 'snapshot' ORDER BY sequence DESC LIMIT 2) last_two) start
       JOIN md_position_statement s ON s.portfolio_id = p.id AND s.sequence >= start.first
       ORDER BY s.sequence, s.known_at, s.revision`,
      [ids],
    );
    const byPortfolio = new Map<string, RecentHeader[]>();
    for (const { portfolio_id: id, known_at: knownAt, ...header } of found) {
      const list = byPortfolio.get(id) ?? [];
      list.push({ ...header, asOf: microsOf(header.as_of), knownAt: microsOf(knownAt) });
      byPortfolio.set(id, list);
    }
    return byPortfolio;
  }

  /** Of any age, from the last snapshot on. */
  private async readHeaders(
    portfolioId: string,
    at: AsOf,
    upTo: number | undefined,
    tx: Tx | undefined,
  ): Promise<Header[]> {
    const headers = await read<Header>(
      this.persistence,
      tx,
      `WITH known AS (
         SELECT DISTINCT ON (sequence) sequence, revision, source_id, kind, as_of FROM md_position_statement
         WHERE portfolio_id = $1 AND known_at <= $3 AND sequence <= $4::bigint
           AND sequence >= coalesce((
             SELECT sequence FROM (
               SELECT DISTINCT ON (sequence) sequence, kind, as_of FROM md_position_statement
               WHERE portfolio_id = $1 AND known_at <= $3 AND sequence <= $4::bigint
               ORDER BY sequence DESC, known_at DESC, revision DESC) latest
             WHERE kind = 'snapshot' AND as_of <= $2 ORDER BY sequence DESC LIMIT 1), 0)
         ORDER BY sequence, known_at DESC, revision DESC)
       SELECT * FROM known WHERE as_of <= $2 ORDER BY sequence`,
      [portfolioId, at.asOf, at.knownAt, upTo ?? Number.MAX_SAFE_INTEGER],
    );
    return fromLastSnapshot(headers) ?? [];
  }

  private statement(portfolioId: string, header: Header): Statement {
    const body = this.bodies.get(keyOf(portfolioId, header));
    const { kind, sequence, as_of: asOf } = header;
    // The kind is stored with the body, of which it says what it is.
    return { kind, sequence, asOf, body } as Statement;
  }

  private async loadBodies(portfolioId: string, headers: readonly Header[], tx: Tx | undefined): Promise<void> {
    const missing = headers.filter((header) => !this.bodies.has(keyOf(portfolioId, header)));
    if (missing.length === 0) return;
    const found = await read<Header & { body: Statement['body'] }>(
      this.persistence,
      tx,
      `SELECT sequence, revision, source_id, kind, as_of, body FROM md_position_statement
       WHERE portfolio_id = $1 AND (sequence, revision) IN (SELECT * FROM unnest($2::bigint[], $3::integer[]))`,
      [portfolioId, missing.map((header) => header.sequence), missing.map((header) => header.revision)],
    );
    for (const row of found) this.bodies.set(keyOf(portfolioId, row), row.body);
  }
}

/** The statements that a question rests on, out of the recent ones; undefined when those before them are needed. */
function fromSnapshot(recent: readonly RecentHeader[], at: AsOf, upTo: number | undefined): Header[] | undefined {
  const [asOf, knownAt] = [microsOf(at.asOf), microsOf(at.knownAt)];
  // By sequence, each as it was known last.
  const known = new Map<number, RecentHeader>();
  for (const header of recent) {
    if (header.knownAt <= knownAt && header.sequence <= (upTo ?? Infinity)) known.set(header.sequence, header);
  }
  return fromLastSnapshot([...known.values()].filter((header) => header.asOf <= asOf));
}

function fromLastSnapshot<H extends Header>(headers: readonly H[]): H[] | undefined {
  const start = headers.findLastIndex((header) => header.kind === 'snapshot');
  return start < 0 ? undefined : headers.slice(start);
}

function keyOf(portfolioId: string, header: Header): string {
  return `${portfolioId}/${header.sequence}/${header.revision}/${header.source_id}`;
}

function sizeOf(body: Statement['body']): number {
  return 1 + ('positions' in body ? body.positions.length : body.changes.length);
}
