import {
  benchmarkStated,
  instrumentDefined,
  portfolioDefined,
  riskModelPublished,
  topicPath,
  type RiskModel,
} from '@risk-budget/contracts';
import { forecastingService } from '@risk-budget/forecasting';
import { Prices, tradingDays, Upstream } from '@risk-budget/market-data/testing';
import { createDriver, type ReceivedEvent } from '@risk-budget/messaging';
import type { Service } from '@risk-budget/service-kit';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import pg from 'pg';

const days = tradingDays(280, '2020-03-06');
const [monday, tuesday] = ['2020-03-09', '2020-03-10'];
const prices = new Prices(
  [
    { instrumentId: 'AAA', beta: 1.2, ownRisk: 0.02 },
    { instrumentId: 'MKT', beta: 1, ownRisk: 0 },
  ],
  [...days, monday, tuesday],
);

/** The procedure of docs/operations.md with a backup that is a day behind: copied while the service was stopped, as a dump would be. */
describe('forecasting on a restored backup', () => {
  let handle: TestServiceHandle;
  let running: Service;
  let upstream: Upstream;
  let admin: pg.Client;
  const copy = `rb_restored_${process.pid}_${Date.now().toString(36)}`;

  beforeAll(async () => {
    handle = await startTestService(forecastingService, { config: { CLOCK: 'replay' } });
    running = handle.service;
    const { messagingUrl } = handle;
    const ofRunning: Pick<Service, 'get'> = { get: (token) => running.get(token) };
    upstream = new Upstream({ messagingUrl, service: ofRunning }, 'forecasting');
    const server = new URL(handle.database.adminUrl);
    server.pathname = '/postgres';
    admin = new pg.Client({ connectionString: server.toString() });
    await admin.connect();
  });
  afterAll(async () => {
    await upstream?.close();
    await running?.stop();
    await admin?.query(`DROP DATABASE IF EXISTS ${copy} WITH (FORCE)`);
    await admin?.end();
    await handle?.stop();
  });

  it('goes on from the numbers of what it said after the backup, says the day again with the same figures, and then the next', async () => {
    const at = '2020-03-06T12:00:00.000Z';
    const common = { assetClass: 'equity' as const, currency: 'USD', staleAfterDays: 3, contractMultiplier: '1' };
    const instruments = ['AAA', 'MKT'].map((instrumentId) => ({ instrumentId, name: instrumentId, ...common }));
    await upstream.publish(instrumentDefined, at, ...instruments);
    await upstream.publish(benchmarkStated, at, { kind: 'series', benchmarkId: 'MKT', instrumentId: 'MKT' });
    const portfolio = { portfolioId: 'P1', name: 'P1', baseCurrency: 'USD', benchmarkId: 'MKT', groups: [] };
    await upstream.publish(portfolioDefined, at, { ...portfolio, calendar: 'XNYS' });
    await upstream.history(prices, days);
    await close('2020-03-06');
    await running.stop();
    const backedUpAt = new Date().toISOString();
    await backUp();

    running = await handle.another();
    await running.start();
    await close(monday);
    await running.stop();
    const said = await models();
    expect(said.map(({ sequence }) => sequence)).toEqual([1, 2]);

    await restore(backedUpAt);
    running = await handle.another({ DATABASE_URL: onCopy(handle.database.service('forecasting').appUrl) });
    await running.start();
    await upstream.settled();
    await close(tuesday);
    const after = await models();
    expect(after.slice(0, 2)).toEqual(said);
    expect(after.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(after.map(({ data }) => data.windowEnd)).toEqual(['2020-03-06', monday, monday, tuesday]);
    expect(figures(after[2])).toEqual(figures(said[1]));
  }, 120_000);

  const models = async (): Promise<ReceivedEvent<RiskModel>[]> => upstream.events(riskModelPublished);

  /** Bars of a day, and its daily run. */
  async function close(day: string): Promise<void> {
    if (!days.includes(day)) await upstream.history(prices, [day]);
    await upstream.advance(`${day}T21:00:00.000Z`);
    await upstream.advance(`${day}T21:30:00.000Z`);
  }

  async function backUp(): Promise<void> {
    const { name } = handle.database;
    await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    await admin.query(`CREATE DATABASE ${copy} TEMPLATE ${name}`);
  }

  /** What the operator does before the service is started on its backup. */
  async function restore(backedUpAt: string): Promise<void> {
    const restored = new pg.Client({ connectionString: onCopy(handle.database.adminUrl) });
    await restored.connect();
    await restored.query('UPDATE forecasting.messaging_joining SET joined_at = NULL, caught_up_at = NULL');
    await restored.end();
    const driver = createDriver(handle.messagingUrl);
    for (const topic of forecastingService.topics.consumes) {
      await driver.seek(topicPath(topic), 'forecasting', backedUpAt);
    }
    await driver.close();
  }

  function onCopy(url: string): string {
    const changed = new URL(url);
    changed.pathname = `/${copy}`;
    return changed.toString();
  }
});

/** All but by which id and from when it was told. */
function figures(event: ReceivedEvent<RiskModel> | undefined): unknown {
  if (event === undefined) return undefined;
  const { modelId: _id, ...rest } = event.data;
  return rest;
}
