/**
 * Speed of utilization on this machine, over real HTTP and PostgreSQL: `POST what-if` for 21 positions at 100 requests a second, a
 * distinct body each time, and snapshots by daily bars. Run: `npm run bench -w @risk-budget/utilization`.
 */
import 'reflect-metadata';
import { Agent, request } from 'node:http';
import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import {
  barsPublished,
  benchmarkStated,
  instrumentDefined,
  portfolioDefined,
  positionsStated,
  riskModelPublished,
} from '@risk-budget/contracts';
import { xnys } from '@risk-budget/market-data';
import { createDriver, createUpstreamPublisher, type NumberedPublisher } from '@risk-budget/messaging';
import { startTestService, type TestServiceHandle } from '@risk-budget/service-kit/testing';
import { utilizationService } from '@risk-budget/utilization';
import { closeOf, history, instruments, lastDay, model, names, portfolioId, positions } from './portfolio.js';

const perSecond = 100;
const warmUp = 200;
const measured = 3000;
const snapshotDays = 100;
const promiseMs = 20;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 32 });

  constructor(
    private readonly url: string,
    private readonly authorization: string,
  ) {}

  /** @returns status, body, and milliseconds from the request to the last byte of its answer */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; text: string; milliseconds: number }> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const headers = { authorization: this.authorization, 'content-type': 'application/json' };
      const call = request(`${this.url}${path}`, { method, agent: this.agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const milliseconds = performance.now() - started;
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8'), milliseconds });
        });
      });
      call.on('error', reject);
      call.end(payload);
    });
  }

  async sequence(): Promise<number> {
    const { text } = await this.call('GET', '/v1/portfolios?limit=1');
    return (JSON.parse(text) as { items: { sequence: number }[] }).items[0]?.sequence ?? 0;
  }

  close(): void {
    this.agent.destroy();
  }
}

async function publishWorld(upstream: NumberedPublisher, forecasting: NumberedPublisher): Promise<void> {
  const at = closeOf(lastDay);
  const portfolio = {
    portfolioId,
    name: 'Bench',
    baseCurrency: 'USD',
    benchmarkId: 'BENCH-INDEX',
    calendar: 'XNYS',
    groups: [],
  };
  await upstream.publish(portfolioDefined, { occurredAt: at, data: portfolio });
  const benchmark = { kind: 'series', benchmarkId: 'BENCH-INDEX', instrumentId: 'INDEX' } as const;
  await upstream.publish(benchmarkStated, { occurredAt: at, data: benchmark });
  for (const data of instruments) await upstream.publish(instrumentDefined, { occurredAt: at, data });
  const bars = history();
  for (let start = 0; start < bars.length; start += 1000) {
    const data = { feed: 'history', interval: 'P1D', bars: bars.slice(start, start + 1000) } as const;
    await upstream.publish(barsPublished, { occurredAt: at, data: { ...data, bars: [...data.bars] } });
  }
  await wait(3000); // topics have no order among each other: prices first
  await upstream.publish(positionsStated, { occurredAt: at, data: positions });
  await forecasting.publish(riskModelPublished, { occurredAt: at, data: model() });
}

async function untilSequence(client: Client, wanted: number): Promise<void> {
  const end = performance.now() + 60_000;
  while ((await client.sequence()) < wanted) {
    if (performance.now() > end) throw new Error(`snapshot ${wanted} was not taken`);
    await wait(10);
  }
}

/** Requests begin when they are due, whether those before are answered or not, so that a slow answer delays nobody else's start. */
async function whatIfs(client: Client): Promise<number[]> {
  const times: number[] = [];
  const running: Promise<void>[] = [];
  const began = performance.now();
  for (let i = 0; i < warmUp + measured; i++) {
    const delay = began + (i * 1000) / perSecond - performance.now();
    if (delay > 0) await wait(delay);
    const trades = [
      { strategy: 'growth', instrumentId: names[i % names.length], quantityChange: String(1 + (i % 97)) },
      { strategy: 'income', instrumentId: names[(i * 7) % names.length], quantityChange: String(-1 - (i % 89)) },
    ];
    const path = `/v1/portfolios/${portfolioId}/what-if`;
    const one = client.call('POST', path, { trades }).then(({ status, text, milliseconds }) => {
      if (status !== 200) throw new Error(`${status}: ${text}`);
      if (i >= warmUp) times.push(milliseconds);
    });
    running.push(one);
  }
  await Promise.all(running);
  return times;
}

/** Day by day, as a replay goes: each day's bars are published when the snapshot of the day before is stored. */
async function dailySnapshots(client: Client, upstream: NumberedPublisher): Promise<{ each: number; cpu: number }> {
  const first = await client.sequence();
  const before = process.cpuUsage();
  const started = performance.now();
  for (let day = 1; day <= snapshotDays; day++) {
    const time = closeOf(xnys.addBusinessDays(lastDay, day));
    const bars = names.map((instrumentId, i) => ({
      instrumentId,
      time,
      close: (100 + i + Math.sin(day + i)).toFixed(4),
      adjustmentFactor: '1',
    }));
    await upstream.publish(barsPublished, { occurredAt: time, data: { feed: 'history', interval: 'P1D', bars } });
    await untilSequence(client, first + day);
  }
  const { user, system } = process.cpuUsage(before);
  return { each: (performance.now() - started) / snapshotDays, cpu: (user + system) / 1000 / snapshotDays };
}

function quantile(sorted: readonly number[], level: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(level * sorted.length) - 1)] ?? Number.NaN;
}

async function run(handle: TestServiceHandle): Promise<void> {
  const driver = createDriver(handle.messagingUrl, { poolSize: 2 });
  const authorization = await handle.bearer({ subject: 'bench', roles: ['riskManager'] });
  const client = new Client(handle.service.url, authorization);
  try {
    const upstream = createUpstreamPublisher({ driver, source: 'bench' });
    const forecasting = createUpstreamPublisher({ driver, source: '/risk-budget/forecasting' });
    await publishWorld(upstream, forecasting);
    await untilSequence(client, 1);

    const times = (await whatIfs(client)).sort((a, b) => a - b);
    const figures = [0.5, 0.9, 0.99, 0.999, 1].map((level) => quantile(times, level).toFixed(1));
    const met = quantile(times, 0.99) < promiseMs;
    print(
      `what-if, ${positions.positions.length} positions, ${measured} requests at ${perSecond}/s over HTTP, client in the same process:`,
    );
    print(
      `  P50 ${figures[0]} ms   P90 ${figures[1]} ms   P99 ${figures[2]} ms   P99.9 ${figures[3]} ms   highest ${figures[4]} ms`,
    );
    print(`  promise P99 < ${promiseMs} ms: ${met ? 'met' : 'NOT met'}`);

    const { each, cpu } = await dailySnapshots(client, upstream);
    print(
      `snapshots by daily bars, ${snapshotDays} days one after the other, from publish to stored: ${each.toFixed(1)} ms each,`,
    );
    print(`  of which ${cpu.toFixed(1)} ms of processor time in this process, publisher and polling client included`);
    if (!met) process.exitCode = 1;
  } finally {
    client.close();
    await driver.close();
  }
}

print(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}`);
const handle = await startTestService(utilizationService, {
  config: { LOG_LEVEL: 'error', RATE_LIMIT_PER_MINUTE: 'off' },
  dependencies: { checkResponses: false },
});
try {
  await run(handle);
} finally {
  await handle.stop();
}
