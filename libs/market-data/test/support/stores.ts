import { randomUUID } from 'node:crypto';
import type { Instrument, Portfolio } from '@risk-budget/contracts';
import { createPersistence, persistenceMigrations, type Persistence } from '@risk-budget/persistence';
import { createTestDatabase, testTimescale, type TestDatabase } from '@risk-budget/persistence/testing';
import {
  AlignedReturnsService,
  BenchmarkStore,
  BudgetPlanStore,
  ChangeLog,
  CorporateActionStore,
  FxStore,
  InstrumentStore,
  marketDataMigrations,
  MarkStore,
  PortfolioInputsLoader,
  PortfolioStore,
  PositionStore,
  PriceHistory,
  PriceStore,
  RiskModelStore,
  TickStore,
  type Source,
} from '@risk-budget/market-data';

/** The stores of one service instance over a database. */
export function storesOver(persistence: Persistence) {
  const changes = new ChangeLog(persistence);
  const portfolios = new PortfolioStore(persistence, changes);
  const instruments = new InstrumentStore(persistence, changes);
  const benchmarks = new BenchmarkStore(persistence, changes);
  const rates = new FxStore(persistence, changes);
  const corporateActions = new CorporateActionStore(persistence, changes);
  const positions = new PositionStore(persistence, corporateActions, changes);
  const history = new PriceHistory(persistence, changes);
  const aligned = new AlignedReturnsService(history, instruments, corporateActions, rates, changes);
  const prices = new PriceStore(persistence, changes, aligned);
  const ticks = new TickStore(persistence);
  const marks = new MarkStore(persistence, corporateActions);
  const models = new RiskModelStore(persistence);
  const plans = new BudgetPlanStore(persistence, changes);
  const loader = new PortfolioInputsLoader(
    portfolios,
    instruments,
    benchmarks,
    positions,
    marks,
    rates,
    models,
    aligned,
    changes,
  );
  return {
    ...{ persistence, changes, portfolios, instruments, benchmarks, rates, corporateActions, positions, history },
    ...{ aligned, prices, ticks, marks, models, plans, loader },
  };
}

export type Stores = ReturnType<typeof storesOver>;

export interface TestStores extends Stores {
  readonly database: TestDatabase;
  /** Stores of a second instance of the service, with caches of its own. */
  second(): Promise<Stores>;
  /** Compresses every chunk of a series, where tests run on hypertables. */
  compress(table: string): Promise<void>;
  close(): Promise<void>;
}

export async function createTestStores(): Promise<TestStores> {
  const database = await createTestDatabase({
    services: ['limits'],
    migrations: { limits: [...persistenceMigrations, ...marketDataMigrations] },
  });
  const opened: Persistence[] = [];
  const open = async (): Promise<Stores> => {
    const persistence = await createPersistence({
      url: database.service('limits').appUrl,
      schema: 'limits',
      timescale: 'off',
    });
    opened.push(persistence);
    return storesOver(persistence);
  };
  return {
    ...(await open()),
    database,
    second: open,
    compress: async (table) => {
      if (testTimescale() === 'off') return;
      const owner = await createPersistence({ url: database.service('limits').ownerUrl, schema: 'limits' });
      await owner.query('SELECT public.compress_chunk(c, true) FROM public.show_chunks($1::regclass) c', [table]);
      await owner.close();
    },
    close: async () => {
      await Promise.all(opened.map((persistence) => persistence.close()));
      await database.drop();
    },
  };
}

/** A source of a fact that became known at a time. */
export function known(occurredAt: string): Source {
  return { id: randomUUID(), occurredAt };
}

/** The close of a day. */
export function close(date: string): string {
  return `${date}T21:00:00.000Z`;
}

export function equity(instrumentId: string, more: Partial<Instrument> = {}): Instrument {
  return {
    instrumentId,
    name: instrumentId,
    assetClass: 'equity',
    currency: 'USD',
    sector: 'Energy',
    staleAfterDays: 3,
    contractMultiplier: '1',
    ...more,
  };
}

export function portfolio(portfolioId: string, more: Partial<Portfolio> = {}): Portfolio {
  return { portfolioId, name: portfolioId, baseCurrency: 'USD', calendar: 'XNYS', groups: [], ...more };
}
