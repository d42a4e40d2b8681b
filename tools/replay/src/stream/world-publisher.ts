import type { Bar, Instrument, PositionsSnapshot } from '@risk-budget/contracts';
import { Book } from '../market/book.js';
import type { PriceTable } from '../market/price-table.js';
import type { Quotes } from '../market/quotes.js';
import { startingPositions } from '../market/starting-positions.js';
import type { FaultOf } from '../script/faults.schema.js';
import { faultsOf, type Script } from '../script/script.js';
import type { InstrumentEntry, StartingPortfolio } from '../script/world.schema.js';
import type { Pacer } from './pacer.js';
import type { Upstream } from './upstream.js';

export interface WorldParts {
  readonly script: Script;
  readonly prices: PriceTable;
  readonly quotes: Quotes;
  readonly upstream: Upstream;
  readonly pacer: Pacer;
  readonly log: (line: string) => void;
}

/** Business time at which the run begins: before the last close of history. */
function beginning(script: Script): string {
  return `${script.world.historyEnd}T12:00:00.000Z`;
}

/**
 * Publishes what exists before the first replayed day: instruments, all history, benchmarks, portfolios and what they hold, and lets
 * forecasting make the first models, and stress the first runs.
 *
 * @returns the books of the portfolios, by id
 */
export async function publishWorld(parts: WorldParts): Promise<Map<string, Book>> {
  const { script, upstream, pacer, log } = parts;
  const { world } = script;
  const start = beginning(script);
  await pacer.advance(start);
  const listed = script.instruments.map((entry) => instrumentOf(entry, script));
  await upstream.defineInstruments(listed, start);
  for (const benchmark of world.benchmarks) await upstream.stateBenchmark(benchmark, start);
  await publishHistory(parts, listed);

  const close = `${world.historyEnd}T${world.closeTime}`;
  await pacer.advance(close);
  const books = new Map<string, Book>();
  for (const portfolio of world.portfolios) {
    await upstream.definePortfolio(portfolio.portfolio, close);
    await pacer.settle();
    const positions = positionsOf(portfolio, world.historyEnd, close, parts.quotes);
    books.set(positions.portfolioId, new Book(positions));
    await upstream.statePositions(positions);
    await pacer.settle();
  }
  await pacer.advance(`${world.historyEnd}T${world.modelTime}`);
  await pacer.advance(`${world.historyEnd}T${world.stressTime}`);
  log(`${world.portfolios.length} portfolios, their first risk models and stress runs are there`);
  return books;
}

async function publishHistory(
  { script, prices, quotes, upstream, pacer, log }: WorldParts,
  listed: readonly Instrument[],
): Promise<void> {
  const names = new Set(listed.map((instrument) => instrument.instrumentId));
  const days = prices.days(script.world.historyStart ?? '0000-00-00', script.world.historyEnd);
  const bars = days.flatMap((date): Bar[] => quotes.bars(date).filter((bar) => names.has(bar.instrumentId)));
  log(`Publishing ${bars.length.toLocaleString('en')} daily bars from ${days[0] ?? ''} to ${script.world.historyEnd}`);
  let told = 0;
  await upstream.publishHistory(bars, (sent, total) => {
    const tenths = Math.floor((10 * sent) / total);
    if (tenths > told) log(`  ${tenths * 10} % published`);
    told = tenths;
  });
  await pacer.settle();
  log('  all services have stored them');
}

/** The first statement of a portfolio at the closes of a day. */
export function positionsOf(
  start: Pick<StartingPortfolio, 'portfolio' | 'nav' | 'leaves'>,
  date: string,
  asOf: string,
  quotes: Quotes,
): PositionsSnapshot {
  const { portfolioId, baseCurrency } = start.portfolio;
  return startingPositions(
    portfolioId,
    { nav: start.nav, currency: baseCurrency, leaves: start.leaves },
    asOf,
    (id) => {
      const close = quotes.close(id, date);
      if (close === undefined) throw new Error(`${id} has no price on ${date}`);
      return close;
    },
  );
}

/** An instrument of the data with what the world adds to it. */
function instrumentOf(entry: InstrumentEntry, { world }: Script): Instrument {
  const added = world.instruments[entry.instrumentId];
  return {
    instrumentId: entry.instrumentId,
    name: entry.name,
    assetClass: entry.assetClass,
    currency: entry.currency,
    country: entry.country,
    ...(entry.sector === null ? {} : { sector: entry.sector }),
    ...(added === undefined
      ? {}
      : {
          issuer: added.issuer,
          liquidity: { averageDailyVolume: added.averageDailyVolume, participationRate: world.participationRate },
        }),
    staleAfterDays: world.staleAfterDays,
    contractMultiplier: '1',
  };
}

/** A share that comes to the market during the run. */
export function listedInstrument(fault: FaultOf<'noHistory'>, { world }: Script): Instrument {
  return {
    instrumentId: fault.instrumentId,
    name: fault.name,
    assetClass: 'equity',
    currency: 'USD',
    country: 'US',
    sector: fault.sector,
    issuer: fault.issuer,
    liquidity: { averageDailyVolume: fault.averageDailyVolume, participationRate: world.participationRate },
    staleAfterDays: world.staleAfterDays,
    contractMultiplier: '1',
  };
}

/** Files with prices: the data's, and those of shares that are planted. */
export function priceFiles({ faults }: Pick<Script, 'faults'>): string[] {
  const planted = faultsOf(faults, 'noHistory').map((fault) => fault.prices);
  return ['us-equities-1990-2022.csv.gz', 'factor-etfs-2014-2022.csv.gz', ...planted];
}
