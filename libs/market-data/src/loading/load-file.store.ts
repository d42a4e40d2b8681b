import { Injectable } from '@nestjs/common';
import type { Instant } from '@risk-budget/contracts';
import { execute, Persistence, rows, type Tx } from '@risk-budget/persistence';
import type { AsyncBuffer } from 'hyparquet';
import { unknownLoad } from '../errors.js';
import { read } from '../common/database.js';
import type { DatasetName } from './datasets.js';

export const loadFormats = ['csv', 'parquet'] as const;
export type LoadFormat = (typeof loadFormats)[number];

/** A bulk load: what it holds, and where its file stands. */
export interface Load {
  readonly loadId: string;
  readonly dataset: DatasetName;
  readonly format: LoadFormat;
  /** The portfolio of a positions file. */
  readonly portfolioId: string | null;
  /** Business time from which its facts are known. */
  readonly knownAt: Instant;
  /** Null until the file has arrived. */
  readonly bytes: number | null;
  /** The job that loads it. */
  readonly jobId: string | null;
}

const PART_BYTES = 1024 * 1024;
/** Files of loads that were given up. */
const KEPT = '7 days';

const columns = `load_id AS "loadId", dataset, format, portfolio_id AS "portfolioId", known_at AS "knownAt", bytes,
  job_id AS "jobId"`;

/** Bulk loads and their files, in the database, so that any instance of the service can do the loading. */
@Injectable()
export class LoadFileStore {
  constructor(private readonly persistence: Persistence) {}

  async create(load: Pick<Load, 'loadId' | 'dataset' | 'format' | 'portfolioId' | 'knownAt'>, tx: Tx): Promise<void> {
    await execute(tx, `DELETE FROM md_load WHERE created_at < clock_timestamp() - interval '${KEPT}'`);
    await execute(
      tx,
      'INSERT INTO md_load (load_id, dataset, format, portfolio_id, known_at) VALUES ($1, $2, $3, $4, $5)',
      [load.loadId, load.dataset, load.format, load.portfolioId, load.knownAt],
    );
  }

  /** @throws NotFoundError `MARKET_DATA.UNKNOWN_LOAD` */
  async get(loadId: string, tx?: Tx): Promise<Load> {
    const [load] = await read<Load>(this.persistence, tx, `SELECT ${columns} FROM md_load WHERE load_id = $1`, [
      loadId,
    ]);
    if (load === undefined) throw unknownLoad(loadId);
    return load;
  }

  /** As {@link get}, and keeps others from changing it until the transaction ends. */
  async lock(loadId: string, tx: Tx): Promise<Load> {
    const [load] = await rows<Load>(tx, `SELECT ${columns} FROM md_load WHERE load_id = $1 FOR UPDATE`, [loadId]);
    if (load === undefined) throw unknownLoad(loadId);
    return load;
  }

  /** Stores a file part by part as it arrives. @returns its size */
  async save(loadId: string, content: AsyncIterable<Uint8Array>, tx: Tx): Promise<number> {
    let pending: Uint8Array[] = [];
    let size = 0;
    let total = 0;
    let part = 0;
    const flush = async (): Promise<void> => {
      if (size === 0) return;
      await execute(tx, 'INSERT INTO md_load_part (load_id, part, content) VALUES ($1, $2, $3)', [
        loadId,
        part++,
        Buffer.concat(pending),
      ]);
      [pending, size] = [[], 0];
    };
    for await (const chunk of content) {
      for (let start = 0; start < chunk.length;) {
        const piece = chunk.subarray(start, start + PART_BYTES - size);
        pending.push(piece);
        size += piece.length;
        total += piece.length;
        start += piece.length;
        if (size === PART_BYTES) await flush();
      }
    }
    await flush();
    await execute(tx, 'UPDATE md_load SET bytes = $2 WHERE load_id = $1', [loadId, total]);
    return total;
  }

  async setJob(loadId: string, jobId: string, tx: Tx): Promise<void> {
    await execute(tx, 'UPDATE md_load SET job_id = $2 WHERE load_id = $1', [loadId, jobId]);
  }

  /** The file from its start. */
  async *stream(loadId: string): AsyncGenerator<Uint8Array> {
    for (let part = 0; ; part++) {
      const content = await this.part(loadId, part);
      if (content === undefined) return;
      yield content;
    }
  }

  /** The file for reading here and there. */
  buffer(loadId: string, bytes: number): AsyncBuffer {
    return {
      byteLength: bytes,
      slice: async (start, end = bytes) => {
        const from = start < 0 ? Math.max(0, bytes + start) : start;
        const to = Math.min(bytes, end < 0 ? bytes + end : end);
        const result = new Uint8Array(Math.max(0, to - from));
        for (let part = Math.floor(from / PART_BYTES); part * PART_BYTES < to; part++) {
          const content = (await this.part(loadId, part)) ?? new Uint8Array(0);
          const offset = part * PART_BYTES;
          result.set(content.subarray(Math.max(0, from - offset), to - offset), Math.max(0, offset - from));
        }
        return result.buffer;
      },
    };
  }

  /** Drops the file; what became of the load stays in its job. */
  async discard(loadId: string, tx: Tx): Promise<void> {
    await execute(tx, 'DELETE FROM md_load_part WHERE load_id = $1', [loadId]);
  }

  private async part(loadId: string, part: number): Promise<Uint8Array | undefined> {
    const [row] = await this.persistence.query<{ content: Buffer }>(
      'SELECT content FROM md_load_part WHERE load_id = $1 AND part = $2',
      [loadId, part],
    );
    return row?.content;
  }
}
