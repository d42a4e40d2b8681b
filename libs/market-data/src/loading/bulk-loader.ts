import { Injectable } from '@nestjs/common';
import type { FieldProblem } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import type { AsyncBuffer } from 'hyparquet';
import type { Source } from '../common/as-of.js';
import { ChangeNotifier } from '../consumers/change-notifier.js';
import { InstrumentStore } from '../instruments/instrument.store.js';
import { PortfolioStore } from '../portfolios/portfolio.store.js';
import { PositionStore } from '../positions/position.store.js';
import { PriceStore } from '../prices/price.store.js';
import { FxStore } from '../rates/fx.store.js';
import { barWriter, fxRateWriter, instrumentWriter, positionWriter, type ChunkWriter } from './chunk-writers.js';
import { csvRows } from './csv-rows.js';
import {
  barDataset,
  fxRateDataset,
  instrumentDataset,
  positionDataset,
  type Dataset,
  type DatasetName,
} from './datasets.js';
import { parquetRows } from './parquet-rows.js';
import { rejected, type FileRow } from './rows.js';

/** A file to load. */
export type LoadContent =
  | { readonly format: 'csv'; readonly bytes: number; readonly stream: AsyncIterable<Uint8Array> }
  | { readonly format: 'parquet'; readonly file: AsyncBuffer };

export interface BulkLoadRequest {
  readonly dataset: DatasetName;
  readonly content: LoadContent;
  /** Id of the load, and the business time from which its facts are known. */
  readonly source: Source;
  /** The only portfolio that a positions file may speak of. */
  readonly portfolioId?: string | undefined;
}

/** How a load goes on. */
export interface BulkLoadHooks {
  /** Runs a chunk's writes; a transaction of its own when absent. */
  readonly transaction?: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** After each chunk: rows written so far, and how much of the file was read, 0 to 1. */
  readonly progress?: (rows: number, fraction: number) => void;
  /** Ends the load after the chunk in hand. */
  readonly signal?: AbortSignal;
}

/** What a load did. */
export interface BulkLoadResult {
  readonly rows: number;
  /** Rows, or snapshots, that were new or corrected something. */
  readonly changed: number;
}

const CHUNK_ROWS = 5_000;

/**
 * Loads CSV and Parquet files into the stores. Rows are checked one by one; a chunk of a few thousand is written whole or not at
 * all, in one transaction with what the service's listener makes of it. Loading a file again changes nothing.
 */
@Injectable()
export class BulkLoader {
  constructor(
    private readonly persistence: Persistence,
    private readonly instruments: InstrumentStore,
    private readonly portfolios: PortfolioStore,
    private readonly positions: PositionStore,
    private readonly prices: PriceStore,
    private readonly rates: FxStore,
    private readonly notifier: ChangeNotifier,
  ) {}

  /** @throws MarketDataError `MARKET_DATA.LOAD_REJECTED` naming line and field of what is not valid */
  async load(request: BulkLoadRequest, hooks: BulkLoadHooks = {}): Promise<BulkLoadResult> {
    switch (request.dataset) {
      case 'bars':
        return this.run(request, hooks, barDataset, barWriter(this.prices));
      case 'instruments':
        return this.run(request, hooks, instrumentDataset, instrumentWriter(this.instruments));
      case 'fxRates':
        return this.run(request, hooks, fxRateDataset, fxRateWriter(this.rates));
      case 'positions':
        return this.run(
          request,
          hooks,
          positionDataset,
          positionWriter(this.positions, this.portfolios, request.portfolioId),
        );
    }
  }

  private async run<Row>(
    request: BulkLoadRequest,
    hooks: BulkLoadHooks,
    dataset: Dataset<Row>,
    writer: ChunkWriter<Row>,
  ): Promise<BulkLoadResult> {
    const transaction = hooks.transaction ?? ((work) => this.persistence.transaction(work));
    let written = 0;
    let changed = 0;
    let chunk: { line: number; row: Row }[] = [];
    let problems: FieldProblem[] = [];
    const flush = async (fraction: number): Promise<void> => {
      hooks.signal?.throwIfAborted();
      if (problems.length > 0) throw rejected(problems, written);
      if (chunk.length === 0) return;
      const wrong = await transaction(async (tx) => {
        const result = await writer(chunk, request.source, tx);
        if ('problems' in result) return result.problems;
        changed += result.changed;
        await this.notifier.notify(result.changes, tx);
        return [];
      });
      if (wrong.length > 0) throw rejected(wrong, written);
      written += chunk.length;
      chunk = [];
      hooks.progress?.(written, fraction);
    };
    let group: string | undefined;
    for await (const fileRow of rowsOf(request.content, dataset)) {
      const parsed = dataset.parse(fileRow.cells);
      if ('problems' in parsed) {
        problems.push(...parsed.problems.map((one) => ({ ...one, field: `line ${fileRow.line}: ${one.field}` })));
        if (problems.length >= CHUNK_ROWS) problems = problems.slice(0, CHUNK_ROWS);
        continue;
      }
      const next = dataset.groupOf?.(parsed.row);
      if (chunk.length >= CHUNK_ROWS && (next === undefined || next !== group)) await flush(fileRow.fraction);
      group = next;
      chunk.push({ line: fileRow.line, row: parsed.row });
    }
    await flush(1);
    return { rows: written, changed };
  }
}

function rowsOf(content: LoadContent, dataset: Dataset<unknown>): AsyncGenerator<FileRow> {
  return content.format === 'csv'
    ? csvRows(content.stream, content.bytes, dataset)
    : parquetRows(content.file, dataset);
}
