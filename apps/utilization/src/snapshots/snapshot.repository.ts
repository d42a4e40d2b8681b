import { Injectable } from '@nestjs/common';
import type { SnapshotNode, UtilizationSnapshot } from '@risk-budget/contracts';
import { ensureSeriesOf, executeLater, Persistence, type Tx } from '@risk-budget/persistence';
import { nodeDocument, snapshotDocument, type SnapshotDocument, type SnapshotPlace } from './snapshot-records.js';

const place = 'snapshot_id AS "snapshotId", portfolio_id AS "portfolioId", sequence, as_of AS "asOf"';

/** One node of one snapshot of a history. */
export interface NodeRecord {
  readonly snapshotId: string;
  readonly sequence: number;
  readonly asOf: string;
  readonly node: SnapshotNode;
}

/** What a page of a history or a list of snapshots is about; the newest come first. */
export interface SeriesRange {
  readonly portfolioId: string;
  readonly from: string | null;
  readonly to: string | null;
  /** Only what comes before this one. */
  readonly before: { readonly asOf: string; readonly sequence: number } | null;
  readonly limit: number;
}

/** Snapshots and their nodes, written once and never changed. */
@Injectable()
export class SnapshotRepository {
  constructor(private readonly persistence: Persistence) {}

  /** One statement, for what a snapshot costs is mostly the way to the database and back. */
  async insert(tx: Tx, snapshots: readonly UtilizationSnapshot[]): Promise<void> {
    if (snapshots.length === 0) return;
    const moments = snapshots.map(({ asOf }) => asOf);
    await ensureSeriesOf(tx, 'snapshot', moments);
    await ensureSeriesOf(tx, 'snapshot_node', moments);
    await executeLater(
      tx,
      `WITH given AS (
         SELECT (document ->> 'snapshotId')::uuid AS snapshot_id, document ->> 'portfolioId' AS portfolio_id,
                (document ->> 'sequence')::bigint AS sequence, (document ->> 'asOf')::timestamptz AS as_of, document, nodes
         FROM jsonb_to_recordset($1::jsonb) AS one (document jsonb, nodes jsonb)
       ), place AS (
         INSERT INTO snapshot_index (snapshot_id, portfolio_id, sequence, as_of)
         SELECT snapshot_id, portfolio_id, sequence, as_of FROM given
       ), head AS (
         INSERT INTO snapshot (portfolio_id, sequence, as_of, document)
         SELECT portfolio_id, sequence, as_of, document FROM given
       )
       INSERT INTO snapshot_node (portfolio_id, node_id, as_of, sequence, position, document)
       SELECT portfolio_id, node.document ->> 'nodeId', as_of, sequence, node.position, node.document
       FROM given, jsonb_array_elements(nodes) WITH ORDINALITY AS node (document, position)`,
      [JSON.stringify(snapshots.map(({ nodes, ...document }) => ({ document, nodes })))],
    );
  }

  async placeOf(snapshotId: string): Promise<SnapshotPlace | undefined> {
    const [row] = await this.persistence.query<SnapshotPlace>(
      `SELECT ${place} FROM snapshot_index WHERE snapshot_id = $1`,
      [snapshotId],
    );
    return row;
  }

  /** The last snapshot whose moment is not after `asOf`. */
  async placeAt(portfolioId: string, asOf: string): Promise<SnapshotPlace | undefined> {
    const [row] = await this.persistence.query<SnapshotPlace>(
      `SELECT ${place} FROM snapshot_index WHERE portfolio_id = $1 AND as_of <= $2 ORDER BY as_of DESC, sequence DESC LIMIT 1`,
      [portfolioId, asOf],
    );
    return row;
  }

  /** The whole snapshot at a place. */
  async read(at: SnapshotPlace): Promise<UtilizationSnapshot> {
    const [document, nodes] = await Promise.all([
      this.readDocument(at),
      this.persistence.query<{ document: unknown }>(
        'SELECT document FROM snapshot_node WHERE portfolio_id = $1 AND as_of = $2 AND sequence = $3 ORDER BY position',
        [at.portfolioId, at.asOf, at.sequence],
      ),
    ]);
    return { ...document, nodes: nodes.map((row) => nodeDocument.parse(row.document)) };
  }

  /** A snapshot without its nodes. */
  async readDocument(at: SnapshotPlace): Promise<SnapshotDocument> {
    const [row] = await this.persistence.query<{ document: unknown }>(
      'SELECT document FROM snapshot WHERE portfolio_id = $1 AND as_of = $2 AND sequence = $3',
      [at.portfolioId, at.asOf, at.sequence],
    );
    return snapshotDocument.parse(row?.document);
  }

  /** One node through time, newest first. */
  async history(nodeId: string, range: SeriesRange): Promise<NodeRecord[]> {
    const found = await this.persistence.query<{
      snapshotId: string;
      sequence: number;
      asOf: string;
      document: unknown;
    }>(
      `SELECT i.snapshot_id AS "snapshotId", n.sequence, n.as_of AS "asOf", n.document
       FROM snapshot_node n JOIN snapshot_index i ON i.portfolio_id = n.portfolio_id AND i.sequence = n.sequence
       WHERE n.portfolio_id = $1 AND n.node_id = $7
         AND ($2::timestamptz IS NULL OR n.as_of >= $2) AND ($3::timestamptz IS NULL OR n.as_of <= $3)
         AND ($4::timestamptz IS NULL OR (n.as_of, n.sequence) < ($4, $5::bigint))
       ORDER BY n.as_of DESC, n.sequence DESC LIMIT $6`,
      [...parametersOf(range), nodeId],
    );
    return found.map(({ snapshotId, sequence, asOf, document }) => ({
      snapshotId,
      sequence,
      asOf,
      node: nodeDocument.parse(document),
    }));
  }

  /** Snapshots without their nodes, newest first. */
  async list(range: SeriesRange): Promise<SnapshotDocument[]> {
    const found = await this.persistence.query<{ document: unknown }>(
      `SELECT document FROM snapshot
       WHERE portfolio_id = $1 AND ($2::timestamptz IS NULL OR as_of >= $2) AND ($3::timestamptz IS NULL OR as_of <= $3)
         AND ($4::timestamptz IS NULL OR (as_of, sequence) < ($4, $5::bigint))
       ORDER BY as_of DESC, sequence DESC LIMIT $6`,
      parametersOf(range),
    );
    return found.map((row) => snapshotDocument.parse(row.document));
  }

  /** Snapshots of a portfolio after a sequence, oldest first, at most `limit`. */
  async placesAfter(portfolioId: string, sequence: number, limit: number): Promise<SnapshotPlace[]> {
    return this.persistence.query<SnapshotPlace>(
      `SELECT ${place} FROM snapshot_index WHERE portfolio_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
      [portfolioId, sequence, limit],
    );
  }
}

function parametersOf({ portfolioId, from, to, before, limit }: SeriesRange): unknown[] {
  return [portfolioId, from, to, before?.asOf ?? null, before?.sequence ?? null, limit];
}
