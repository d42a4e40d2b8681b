/**
 * Speed of market data on this machine: 190,000 bars into four services' schemas at the same time, aligned returns of 26
 * instruments over 500 days cold and warm, and the inputs of an evaluation. Run: `npm run bench -w @risk-budget/market-data`.
 */
import { randomUUID } from 'node:crypto';
import type { Bar, RiskModel } from '@risk-budget/contracts';
import { defaultRiskPolicy } from '@risk-budget/contracts';
import { NestFactory } from '@nestjs/core';
import { Module, type DynamicModule } from '@nestjs/common';
import {
  InstrumentStore,
  marketDataMigrations,
  MarketDataModule,
  PortfolioInputsLoader,
  PortfolioStore,
  PositionStore,
  PriceStore,
  RiskModelStore,
  seenAt,
  xnys,
} from '@risk-budget/market-data';
import { createPersistence, Persistence, persistenceMigrations } from '@risk-budget/persistence';
import { createTestDatabase } from '@risk-budget/persistence/testing';

const services = ['forecasting', 'allocation', 'utilization', 'limits'];
const instruments = Array.from({ length: 26 }, (_, i) => `I${String(i).padStart(2, '0')}`);
const lastDay = '2019-12-31';
const perMessage = 1000;

const milliseconds = (since: number): string => `${(performance.now() - since).toFixed(1)} ms`;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

@Module({})
class BenchModule {
  static over(persistence: Persistence): DynamicModule {
    const provider = { provide: Persistence, useValue: persistence };
    return {
      module: BenchModule,
      imports: [
        { module: class Platform {}, global: true, providers: [provider], exports: [provider] },
        MarketDataModule.forService({ positions: true, riskModels: true }),
      ],
    };
  }
}

/** Random walks on real trading days, with a fixed seed. */
function history(count: number): Bar[] {
  let seed = 12345;
  const random = (): number => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  const prices = instruments.map(() => 50 + 100 * random());
  const dates: string[] = [];
  for (let date = lastDay; dates.length * instruments.length < count; date = xnys.addBusinessDays(date, -1))
    dates.unshift(date);
  const bars: Bar[] = [];
  for (const date of dates) {
    instruments.forEach((instrumentId, i) => {
      prices[i] = (prices[i] ?? 0) * (1 + 0.02 * (random() + random() - 1));
      bars.push({
        instrumentId,
        time: `${date}T21:00:00.000Z`,
        close: (prices[i] ?? 0).toFixed(4),
        adjustmentFactor: '1',
      });
    });
  }
  return bars.slice(-count);
}

function model(portfolioId: string, asOf: string): RiskModel {
  return {
    ...{ modelId: randomUUID(), portfolioId, policy: defaultRiskPolicy, form: 'covariance', asOf, knownAt: asOf },
    ...{
      windowStart: '2018-01-02',
      windowEnd: lastDay,
      observations: 500,
      conditionNumber: 10,
      repairs: [],
      holes: [],
    },
    codeVersion: 'bench',
    rows: instruments.map((instrumentId, i) => ({
      instrumentId,
      covariances: Array.from({ length: i + 1 }, (_, j) => (i === j ? 2e-4 : 1e-4)),
      observations: 500,
    })),
  };
}

async function main(): Promise<void> {
  const bars = history(190_000);
  const migrations = [...persistenceMigrations, ...marketDataMigrations];
  const database = await createTestDatabase({
    services,
    migrations: Object.fromEntries(services.map((name) => [name, migrations])),
  });
  const open = await Promise.all(
    services.map((name) =>
      createPersistence({ url: database.service(name).appUrl, schema: name, timescale: 'off', poolSize: 4 }),
    ),
  );
  const applications = await Promise.all(
    open.map((one) => NestFactory.createApplicationContext(BenchModule.over(one), { logger: false })),
  );
  try {
    const started = performance.now();
    await Promise.all(
      applications.map(async (application, index) => {
        const prices = application.get(PriceStore);
        for (let start = 0; start < bars.length; start += perMessage) {
          const message = bars.slice(start, start + perMessage);
          const source = { id: randomUUID(), occurredAt: message.at(-1)?.time ?? '' };
          await open[index]?.transaction((tx) => prices.put(message, source, tx));
        }
      }),
    );
    print(`${bars.length} bars into ${services.length} schemas: ${milliseconds(started)}`);
    const [application] = applications;
    if (application === undefined) return;
    await reads(application.get.bind(application), bars.at(-1)?.time ?? '');
  } finally {
    await Promise.all(applications.map((application) => application.close()));
    await Promise.all(open.map((one) => one.close()));
    await database.drop();
  }
}

async function reads(get: <T>(type: new (...parts: never[]) => T) => T, end: string): Promise<void> {
  const source = { id: randomUUID(), occurredAt: end };
  await get(InstrumentStore).put(
    instruments.map((instrumentId) => ({
      ...{ instrumentId, name: instrumentId, assetClass: 'equity', currency: 'USD', sector: 'Energy' },
      ...{ staleAfterDays: 3, contractMultiplier: '1' },
    })),
    source,
  );
  const query = { baseCurrency: 'USD', end, knownAt: end, days: 500, minimumHistory: 250 };
  for (const name of ['cold', 'series in memory', 'answer in memory']) {
    const instrumentIds = name === 'series in memory' ? [...instruments].reverse() : instruments;
    const started = performance.now();
    await get(PriceStore).alignedReturns({ ...query, instrumentIds });
    print(`aligned returns of ${instruments.length} instruments over 500 days, ${name}: ${milliseconds(started)}`);
  }
  await get(PortfolioStore).put(
    { portfolioId: 'P', name: 'P', baseCurrency: 'USD', calendar: 'XNYS', groups: [] },
    source,
  );
  await get(PositionStore).putSnapshot(
    {
      ...{ portfolioId: 'P', asOf: end, sequence: 1, cash: [{ currency: 'USD', amount: '1000' }] },
      positions: instruments.map((instrumentId) => ({ instrumentId, strategy: 'growth', quantity: '100' })),
    },
    source,
  );
  await get(RiskModelStore).put(model('P', end), source);
  for (let round = 1; round <= 5; round++) {
    const started = performance.now();
    await get(PortfolioInputsLoader).load({ portfolioId: 'P', at: seenAt(end), policy: defaultRiskPolicy });
    print(`inputs of an evaluation of 26 positions, round ${round}: ${milliseconds(started)}`);
  }
}

await main();
