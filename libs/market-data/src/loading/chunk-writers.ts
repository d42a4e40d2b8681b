import type { Bar, FieldProblem, FxRate, Instrument, PositionsSnapshot } from '@risk-budget/contracts';
import type { Tx } from '@risk-budget/persistence';
import type { Source } from '../common/as-of.js';
import { changeOf, type ChangeSubject } from '../consumers/change-notifier.js';
import type { MarketDataChange, MarketDataChangeKind } from '../consumers/market-data-listener.js';
import type { InstrumentStore } from '../instruments/instrument.store.js';
import type { PortfolioStore } from '../portfolios/portfolio.store.js';
import type { PositionStore } from '../positions/position.store.js';
import type { PriceStore } from '../prices/price.store.js';
import type { FxStore } from '../rates/fx.store.js';
import type { PositionRow } from './datasets.js';

/** A valid row and where it stood. */
export interface LoadedRow<Row> {
  readonly line: number;
  readonly row: Row;
}

/** Writes a chunk into a store. Problems mean that nothing of it was written. */
export type ChunkWriter<Row> = (
  rows: readonly LoadedRow<Row>[],
  source: Source,
  tx: Tx,
) => Promise<
  | { readonly changed: number; readonly changes: readonly MarketDataChange[] }
  | { readonly problems: readonly FieldProblem[] }
>;

export function barWriter(prices: PriceStore): ChunkWriter<Bar> {
  return async (rows, source, tx) => {
    const bars = rows.map(({ row }) => row);
    const { inserted, corrected, instrumentIds, earliest } = await prices.put(bars, source, tx);
    const subject = { instrumentIds, earliest: earliest ?? source.occurredAt };
    return { changed: inserted + corrected, changes: changesOf('price', instrumentIds, source, subject) };
  };
}

export function instrumentWriter(instruments: InstrumentStore): ChunkWriter<Instrument> {
  return async (rows, source, tx) => {
    const definitions = rows.map(({ row }) => row);
    const instrumentIds = await instruments.put(definitions, source, tx);
    return {
      changed: instrumentIds.length,
      changes: changesOf('instrument', instrumentIds, source, { instrumentIds }),
    };
  };
}

export function fxRateWriter(rates: FxStore): ChunkWriter<FxRate> {
  return async (rows, source, tx) => {
    const given = rows.map(({ row }) => row);
    const pairs = await rates.put(given, source, tx);
    const earliest = given.map((rate) => rate.time).sort()[0] ?? source.occurredAt;
    return { changed: pairs.length, changes: changesOf('rate', pairs, source, { pairs, earliest }) };
  };
}

export function positionWriter(
  positions: PositionStore,
  portfolios: PortfolioStore,
  only: string | undefined,
): ChunkWriter<PositionRow> {
  return async (rows, source, tx) => {
    const foreign = rows.filter(({ row }) => only !== undefined && row.portfolioId !== only);
    if (foreign.length > 0) {
      return {
        problems: foreign.map(({ line }) => ({
          field: `line ${line}: portfolioId`,
          problem: 'is not the portfolio of this load',
          ...(only === undefined ? {} : { allowed: only }),
        })),
      };
    }
    const changes: MarketDataChange[] = [];
    for (const snapshot of snapshotsOf(rows)) {
      const { portfolioId, asOf: earliest } = snapshot;
      await portfolios.get(portfolioId, undefined, tx);
      const { changed, latest } = await positions.putSnapshot(snapshot, source, tx);
      if (changed) {
        changes.push(changeOf('position', eventOf(source), { portfolioIds: [portfolioId], earliest, latest }));
      }
    }
    return { changed: changes.length, changes };
  };
}

function snapshotsOf(rows: readonly LoadedRow<PositionRow>[]): PositionsSnapshot[] {
  const snapshots = new Map<string, PositionsSnapshot>();
  for (const { row } of rows) {
    const key = `${row.portfolioId} ${row.sequence}`;
    const { portfolioId, asOf, sequence } = row;
    const snapshot = snapshots.get(key) ?? { portfolioId, asOf, sequence, positions: [], cash: [] };
    if ('position' in row) snapshot.positions.push(row.position);
    else snapshot.cash.push(row.cash);
    snapshots.set(key, snapshot);
  }
  return [...snapshots.values()];
}

function changesOf(
  kind: MarketDataChangeKind,
  changed: readonly string[],
  source: Source,
  subject: ChangeSubject,
): MarketDataChange[] {
  return changed.length === 0 ? [] : [changeOf(kind, eventOf(source), subject)];
}

function eventOf({ id, occurredAt }: Source): { id: string; correlationId: string; occurredAt: string } {
  return { id, correlationId: id, occurredAt };
}
