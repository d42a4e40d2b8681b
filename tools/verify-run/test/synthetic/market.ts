import {
  barsPublished,
  benchmarkStated,
  instrumentDefined,
  portfolioDefined,
  positionsChanged,
  positionsStated,
} from '@risk-budget/contracts';
import { benchmarkId, names, portfolioId, type Recorder } from './recorder.js';
import { sectors } from './snapshots.js';

/** Instruments, closes and the portfolio up to the first day. */
export function publishHistory(recorder: Recorder, days: readonly string[]): void {
  const lastClose = `${recorder.inputs.world.historyEnd}T21:00:00.000Z`;
  for (const instrumentId of names) {
    const sector = sectors[instrumentId];
    recorder.publish(instrumentDefined, '/upstream/instrument-analysis', '2019-11-18T12:00:00.000Z', {
      instrumentId,
      name: instrumentId,
      assetClass: sector === undefined ? 'index' : 'equity',
      currency: 'USD',
      ...(sector === undefined ? {} : { sector }),
      staleAfterDays: 4,
      contractMultiplier: '1',
    });
  }
  recorder.publish(benchmarkStated, '/upstream/portfolio-state', lastClose, {
    kind: 'series',
    benchmarkId,
    instrumentId: benchmarkId,
  });
  for (const day of days) publishCloses(recorder, day);
  recorder.publish(portfolioDefined, '/upstream/portfolio-state', lastClose, {
    portfolioId,
    name: 'Core',
    baseCurrency: 'USD',
    benchmarkId,
    calendar: 'XNYS',
    groups: [],
  });
  recorder.publish(positionsStated, '/upstream/portfolio-state', lastClose, {
    portfolioId,
    asOf: lastClose,
    sequence: 1,
    positions: [
      { strategy: 'growth', instrumentId: 'AAA', quantity: '4000' },
      { strategy: 'growth', instrumentId: 'BBB', quantity: '4000' },
      { strategy: 'value', instrumentId: 'CCC', quantity: '1000' },
    ],
    cash: [{ currency: 'USD', amount: '50000' }],
  });
}

export function publishCloses(recorder: Recorder, day: string): void {
  const time = `${day}T21:00:00.000Z`;
  const bars = [...(recorder.inputs.closes.get(day) ?? [])].map(([instrumentId, close]) => ({
    instrumentId,
    time,
    close,
    adjustmentFactor: '1',
  }));
  recorder.publish(barsPublished, '/upstream/market-data', time, { feed: 'close', interval: 'P1D', bars });
}

export function sell(recorder: Recorder, asOf: string, instrumentId: string, quantity: number): void {
  const price = Number(recorder.inputs.closes.get(asOf.slice(0, 10))?.get(instrumentId));
  recorder.publish(positionsChanged, '/upstream/portfolio-state', asOf, {
    portfolioId,
    asOf,
    sequence: 2,
    changes: [{ strategy: 'growth', instrumentId, quantityChange: String(-quantity) }],
    cashChanges: [{ currency: 'USD', amount: (quantity * price).toFixed(3) }],
  });
}
