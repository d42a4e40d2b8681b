import { Injectable } from '@nestjs/common';
import type { BusinessDate } from '@risk-budget/contracts';
import {
  AlignedReturnsService,
  InstrumentStore,
  UNCLASSIFIED_SECTOR,
  type AlignedReturns,
} from '@risk-budget/market-data';
import { AttributionError } from '../errors.js';
import { Rebuilder, type RebuiltPortfolio } from '../snapshots/rebuilder.js';
import { SnapshotRepository } from '../snapshots/snapshot.repository.js';
import type { DayRow, ReturnGrouping } from './day-groups.js';
import { RealisedReturnsRepository, type StatedReturns } from './realised-returns.repository.js';

/** A day whose returns are to be explained. */
export interface PerformanceDay {
  readonly date: BusinessDate;
  /** The portfolio at the last snapshot before the day; undefined where it cannot be rebuilt. */
  readonly start: RebuiltPortfolio | undefined;
  /** By model row of `start`, simple, base currency. */
  readonly returns: ReadonlyMap<string, number>;
  /** What upstream has stated; it decides where it says enough. */
  readonly stated: readonly StatedReturns[];
}

/** Reads what a portfolio held and earned on each day. */
@Injectable()
export class DayReturnsReader {
  constructor(
    private readonly snapshots: SnapshotRepository,
    private readonly rebuilder: Rebuilder,
    private readonly aligned: AlignedReturnsService,
    private readonly instruments: InstrumentStore,
    private readonly realised: RealisedReturnsRepository,
  ) {}

  /** Business days of the period with a portfolio at their start. @throws AttributionError `NO_SNAPSHOT`, `PERIOD_TOO_LONG` */
  async days(
    portfolioId: string,
    period: { readonly from: BusinessDate; readonly to: BusinessDate; readonly knownAt: string },
    maximum: number,
  ): Promise<PerformanceDay[]> {
    const { from, to, knownAt } = period;
    const stated = await this.realised.between(portfolioId, from, to);
    const last = await this.snapshots.at(portfolioId, `${to}T23:59:59.999Z`);
    if (last === undefined) throw noSnapshot(portfolioId, to);
    const { inputs } = await this.rebuilder.rebuild(last);
    const returns = await this.aligned.load({
      instrumentIds: inputs.evaluation.model.instrumentIds,
      baseCurrency: inputs.portfolio.baseCurrency,
      end: `${to}T23:59:59.999Z`,
      knownAt,
      days: maximum + 1,
      minimumHistory: 2,
    });
    const dates = [...new Set([...returns.dates, ...stated.map(({ date }) => date)])].sort();
    const wanted = dates.filter((date) => date >= from && date <= to);
    if (wanted.length > maximum || (returns.startDate >= from && wanted.length === maximum + 1)) {
      throw new AttributionError('ATTRIBUTION.PERIOD_TOO_LONG', `A period holds at most ${maximum} business days.`, {
        field: 'from',
      });
    }
    const days: PerformanceDay[] = [];
    for (const date of wanted) {
      const snapshot = await this.snapshots.at(portfolioId, `${date}T00:00:00.000Z`);
      const start = snapshot === undefined ? undefined : await this.rebuilder.rebuild(snapshot);
      const own = stated.filter((one) => one.date === date);
      if (start === undefined && own.length === 0) continue;
      days.push({ date, start, returns: returnsOn(returns, date), stated: own });
    }
    if (days.length === 0) throw noSnapshot(portfolioId, from);
    return days;
  }

  /** The rows of a day in groups: as stated where the statement says enough for them, else from positions and prices. */
  async rows(
    day: PerformanceDay,
    by: ReturnGrouping,
  ): Promise<{ readonly source: 'stated' | 'own'; readonly rows: DayRow[] }> {
    const stated = day.stated.find(({ level }) => level === by) ?? day.stated.find(({ level }) => level === 'security');
    const rows = stated === undefined ? undefined : await this.statedRows(stated, by, `${day.date}T23:59:59.999Z`);
    if (rows !== undefined) return { source: 'stated', rows };
    return { source: 'own', rows: ownRows(day, by) };
  }

  /** Undefined where a row does not say which group it belongs to. */
  private async statedRows({ rows }: StatedReturns, by: ReturnGrouping, at: string): Promise<DayRow[] | undefined> {
    const named = rows.flatMap(({ instrumentId }) => (instrumentId === undefined ? [] : [instrumentId]));
    const definitions =
      by === 'sector' ? await this.instruments.find(named, at) : new Map<string, { sector?: string | undefined }>();
    const groups = rows.map(({ strategy, sector, instrumentId }) => {
      if (by === 'strategy') return strategy;
      if (by === 'security') return instrumentId;
      return (
        sector ??
        (instrumentId === undefined ? undefined : (definitions.get(instrumentId)?.sector ?? UNCLASSIFIED_SECTOR))
      );
    });
    const found: DayRow[] = [];
    for (const [index, row] of rows.entries()) {
      const group = groups[index];
      if (group === undefined) return undefined;
      found.push({ ...row, group });
    }
    return found;
  }
}

/** Weights at the start of the day and returns over it; a benchmark that is a series, or has no such groups, is a group of its own. */
function ownRows({ start, returns, date }: PerformanceDay, by: ReturnGrouping): DayRow[] {
  if (start === undefined) {
    throw new AttributionError(
      'ATTRIBUTION.NO_SNAPSHOT',
      `Nothing says what the portfolio held at the start of ${date}.`,
    );
  }
  const { nav, leaves, benchmark } = start.inputs.evaluation;
  const returnOf = (instrumentId: string): number => {
    const value = returns.get(instrumentId);
    if (value !== undefined) return value;
    throw new AttributionError('ATTRIBUTION.NO_RETURN', `'${instrumentId}' has no return on ${date}.`);
  };
  const sectors = new Map(start.inputs.positions.map(({ instrumentId, sector }) => [instrumentId, sector]));
  const held = leaves.map((leaf): DayRow => ({
    group: by === 'security' ? leaf.instrumentId : leaf[by],
    weight: leaf.value / nav,
    return: returnOf(leaf.instrumentId),
    benchmarkWeight: 0,
  }));
  if (benchmark === undefined) return held;
  const names = benchmark.kind === 'series' ? [{ instrumentId: benchmark.instrumentId, weight: 1 }] : benchmark.weights;
  const against = names.map(({ instrumentId, weight }): DayRow => {
    const own = by === 'security' ? instrumentId : by === 'sector' ? sectors.get(instrumentId) : undefined;
    return {
      group: benchmark.kind === 'series' ? 'benchmark' : (own ?? 'benchmark'),
      weight: 0,
      return: 0,
      benchmarkWeight: weight,
      benchmarkReturn: returnOf(instrumentId),
    };
  });
  return [...held, ...against];
}

function returnsOn(aligned: AlignedReturns, date: BusinessDate): ReadonlyMap<string, number> {
  const row = aligned.dates.indexOf(date);
  if (row < 0) return new Map();
  const width = aligned.instrumentIds.length;
  return new Map(aligned.instrumentIds.map((id, column) => [id, aligned.values[row * width + column] ?? 0]));
}

function noSnapshot(portfolioId: string, date: BusinessDate): AttributionError {
  return new AttributionError(
    'ATTRIBUTION.NO_SNAPSHOT',
    `There is no snapshot of the portfolio '${portfolioId}' before ${date}, and nobody has stated its returns.`,
  );
}
