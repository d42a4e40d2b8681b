import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { readAccuracies, readForecastPolicies } from './read-accuracies.js';
import { readBacktests } from './read-backtests.js';
import { readBudgetReports } from './read-budget-reports.js';
import { readChances } from './read-chances.js';
import { readDynamicPolicies } from './read-dynamic-policies.js';
import { readPerformance } from './read-performance.js';
import { readRisk } from './read-risk.js';
import { readScenarios } from './read-scenarios.js';
import { readPreTrades, readWhatIfs } from './read-trades.js';
import { readStressAnswers } from './read-stress-answers.js';
import type { AuditChain, RestFindings, ServiceFindings } from '../inputs/rest-findings.js';

export interface RestSources {
  /** REST base URL of each service, by name. */
  readonly urls: Readonly<Record<string, string>>;
  /** Base URL of each service's management port, by name. */
  readonly managementUrls: Readonly<Record<string, string>>;
  /** Token of an operator who may see every portfolio. */
  readonly token: string;
  /** Token of a risk manager who may do so too, for questions that need one. */
  readonly riskManagerToken: string;
  /** Portfolios whose audit chains are read, beside the service's own. */
  readonly portfolioIds: readonly string[];
  /** What the desk has asked of performance. */
  readonly performancePaths: readonly string[];
  /** As of when budget reports are read. */
  readonly reportMoments: readonly string[];
}

const parkedKeys = z.object({ items: z.array(z.unknown()) });
const page = z.object({
  items: z.array(z.record(z.string(), z.unknown())),
  nextCursor: z.string().nullable(),
});
const verification = z.object({ valid: z.boolean(), length: z.number(), head: z.string() });

/** Asks every service about itself. */
export async function readRest(sources: RestSources): Promise<RestFindings> {
  const services: ServiceFindings[] = [];
  for (const service of Object.keys(sources.urls).sort()) services.push(await readService(sources, service));
  const { urls, token, portfolioIds } = sources;
  return {
    services,
    forecastPolicies: await readForecastPolicies(urls['forecasting'] ?? '', token),
    accuracies: await readAccuracies(urls['forecasting'] ?? '', token),
    risk: await readRisk(urls['attribution'] ?? '', token, portfolioIds),
    backtests: await readBacktests(urls['forecasting'] ?? '', token, portfolioIds),
    chances: await readChances(urls['forecasting'] ?? '', token, portfolioIds),
    ...(await readDynamicPolicies(urls['allocation'] ?? '', token, portfolioIds)),
    scenarios: await readScenarios(urls['stress'] ?? '', token),
    preTrades: await readPreTrades(urls['limits'] ?? '', token, portfolioIds),
    whatIfs: await readWhatIfs(urls['utilization'] ?? '', sources.riskManagerToken),
    budgetReports: await readBudgetReports(urls['utilization'] ?? '', token, sources.reportMoments),
    stressAnswers: await readStressAnswers(
      { stress: urls['stress'] ?? '', utilization: urls['utilization'] ?? '' },
      { operator: token, riskManager: sources.riskManagerToken },
    ),
    performance: await readPerformance(urls['attribution'] ?? '', token, sources.performancePaths),
  };
}

async function readService(sources: RestSources, service: string): Promise<ServiceFindings> {
  const base = sources.urls[service] ?? '';
  const get = async <Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema> | undefined> => {
    const response = await fetch(`${base}${path}`, { headers: { authorization: `Bearer ${sources.token}` } });
    const body: unknown = await response.json();
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`${service}${path} answered ${response.status}: ${JSON.stringify(body)}`);
    return schema.parse(body);
  };
  const items = async (path: string): Promise<Readonly<Record<string, unknown>>[] | undefined> => {
    const all: Readonly<Record<string, unknown>>[] = [];
    for (let cursor = ''; ;) {
      const found = await get(`${path}?limit=500${cursor}`, page);
      if (found === undefined) return undefined;
      all.push(...found.items);
      if (found.nextCursor === null) return all;
      cursor = `&cursor=${found.nextCursor}`;
    }
  };
  const auditChains: AuditChain[] = [];
  for (const chain of ['service', ...sources.portfolioIds]) {
    const entries = await items(`/v1/audit/${chain}`);
    const verified = await get(`/v1/audit/${chain}/verification`, verification);
    if (entries !== undefined && verified !== undefined) auditChains.push({ chain, ...verified, entries });
  }
  return {
    service,
    ...(await readGauges(sources.managementUrls[service] ?? '')),
    parkedKeys: (await get('/v1/messaging/parked-keys', parkedKeys))?.items.length ?? 0,
    deadLetters: (await items('/v1/messaging/dead-letters'))?.length ?? 0,
    auditChains,
  };
}

/** Gauges are set every 15 s, later where the machine is busy, so what is not quiet is asked again for longer than that. */
const attempts = 120;
const pauseMs = 500;

async function readGauges(managementUrl: string): Promise<{ unpublished: number; unfinished: number }> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${managementUrl}/metrics`);
    if (!response.ok) throw new Error(`${managementUrl}/metrics answered ${response.status}`);
    const text = await response.text();
    const sum = (name: string) => gaugeSum(text, name);
    const unpublished = sum('risk_budget_outbox_oldest_seconds');
    const unfinished = sum('risk_budget_consumer_lag_messages') + sum('risk_budget_incomplete_sets');
    if ((unpublished === 0 && unfinished === 0) || attempt >= attempts) return { unpublished, unfinished };
    await pause(pauseMs);
  }
}

/** Sum of a gauge over its labels in the text format of Prometheus. */
export function gaugeSum(text: string, name: string): number {
  let sum = 0;
  for (const line of text.split('\n')) {
    const match = /^([a-z_]+)(?:\{.*\})? ([-+.\deE]+)$/.exec(line);
    if (match?.[1] === name) sum += Number(match[2]);
  }
  return sum;
}
