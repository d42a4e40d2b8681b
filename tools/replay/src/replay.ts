import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { topics } from '@risk-budget/contracts';
import type { MessagingDriver } from '@risk-budget/messaging';
import { Desk, type DeskRecord, type DeskTokens } from './desk/desk.js';
import { readBreaches, type BreachStanding } from './desk/breach-standings.js';
import { RestClient, type ServiceUrls } from './desk/rest-client.js';
import { PriceTable } from './market/price-table.js';
import { Quotes } from './market/quotes.js';
import { readScript, type Script } from './script/script.js';
import { Pacer } from './stream/pacer.js';
import { Settlement } from './stream/settlement.js';
import { StepPlayer } from './stream/step-player.js';
import { timeline } from './stream/timeline.js';
import { untilWritten } from './stream/until-written.js';
import { Upstream } from './stream/upstream.js';
import { priceFiles, publishWorld } from './stream/world-publisher.js';
import { readRun, type RunRecord } from './summary/run-record.js';

/** Where the sample data and the script of the run stand in this package. */
export const sampleDataDir = fileURLToPath(new URL('../data', import.meta.url));

export interface ReplayOptions {
  readonly driver: MessagingDriver;
  /** REST base URL of each service, or of each of its instances, by name. */
  readonly urls: ServiceUrls;
  /** Names of the topics that each service reads, by service. */
  readonly consumes: Readonly<Record<string, readonly string[]>>;
  readonly tokens: DeskTokens;
  readonly dataDir?: string;
  /** Folder of the script; the sample's unless said. */
  readonly scriptDir?: string;
  /** Told before each step of the replayed days, from 0. */
  readonly onStep?: (step: number, steps: number) => void;
  /** Progress, a line at a time. */
  readonly log?: (line: string) => void;
  /** Wall time after which a step that does not settle is given up; default two minutes, which a restarted service survives. */
  readonly settleTimeoutMs?: number;
  /** Ends the run between two steps. */
  readonly signal?: AbortSignal;
}

/** Figures of speed, wall time. */
export interface ReplaySpeed {
  readonly historySeconds: number;
  readonly replaySeconds: number;
  readonly days: number;
  readonly slowestDay: { readonly date: string; readonly seconds: number };
  /** By kind of step: how many, and seconds in all. `clock` is the way to the time of a step. */
  readonly steps: ReadonlyMap<string, { readonly count: number; readonly seconds: number }>;
}

/** All that the summary is made of. */
export interface ReplayResult {
  readonly script: Script;
  readonly days: readonly string[];
  readonly desk: readonly DeskRecord[];
  /** How each breach stands at the end, by id. */
  readonly breaches: ReadonlyMap<string, BreachStanding>;
  readonly run: RunRecord;
  readonly speed: ReplaySpeed;
}

/**
 * Plays the systems around the services and the people in front of them: publishes all history, then half a year day by day under the
 * business clock with everything that the script plants and the desk does.
 *
 * @throws Error when a step does not settle, or an action of the desk ends otherwise than the script says
 */
export async function runReplay(options: ReplayOptions): Promise<ReplayResult> {
  const log = options.log ?? (() => undefined);
  const script = readScript(options.dataDir ?? sampleDataDir, options.scriptDir);
  const { world, faults } = script;
  const prices = PriceTable.read(script.dataDir, priceFiles(script));
  const quotes = new Quotes(prices, faults, world.closeTime);
  const upstream = new Upstream(options.driver, world.feed);
  const settlement = new Settlement(instancesOf(options), readersOf(options.consumes), upstream.sources);
  const timeoutMs = options.settleTimeoutMs ?? 120_000;
  const pacer = new Pacer({ driver: options.driver, upstream, settlement, timeoutMs });
  await pacer.start();
  try {
    const started = performance.now();
    const books = await publishWorld({ script, prices, quotes, upstream, pacer, log });
    const historySeconds = (performance.now() - started) / 1000;
    const rest = new RestClient(options.urls);
    const { tokens } = options;
    const readFile = (file: string) => readFileSync(join(script.dir, file), 'utf8');
    const desk = new Desk({ rest, tokens, upstream, quotes, books, readFile });
    const positionReaders = readersOf(options.consumes).get(topics.positions.name) ?? [];
    const player = new StepPlayer({ script, quotes, upstream, pacer, desk, rest, tokens, books, positionReaders });
    const days = prices.days(world.firstDay, world.lastDay);
    const steps = timeline(script, quotes, days);
    const { signal, onStep = () => undefined } = options;
    const speed = await playDays({ player, steps, days, log, signal, onStep });
    await untilWritten(options.driver, settlement, timeoutMs);
    return {
      script,
      days,
      desk: desk.records,
      breaches: await readBreaches(rest, tokens.approver),
      run: await readRun(options.driver),
      speed: { ...speed, historySeconds },
    };
  } finally {
    await pacer.stop();
  }
}

interface Playing {
  readonly player: StepPlayer;
  readonly steps: ReturnType<typeof timeline>;
  readonly days: readonly string[];
  readonly log: (line: string) => void;
  readonly signal: AbortSignal | undefined;
  readonly onStep: (step: number, steps: number) => void;
}

async function playDays({
  player,
  steps,
  days,
  log,
  signal,
  onStep,
}: Playing): Promise<Omit<ReplaySpeed, 'historySeconds'>> {
  const started = performance.now();
  const seconds = new Map<string, number>();
  const byKind = new Map<string, { count: number; seconds: number }>();
  let month = '';
  for (const [at, step] of steps.entries()) {
    signal?.throwIfAborted();
    onStep(at, steps.length);
    if (!step.at.startsWith(month) || month === '') {
      month = step.at.slice(0, 7);
      log(`Replaying ${month}`);
    }
    const date = step.at.slice(0, 10);
    const timed = async (kind: string, work: Promise<void>): Promise<void> => {
      const before = performance.now();
      await work;
      const taken = (performance.now() - before) / 1000;
      seconds.set(date, (seconds.get(date) ?? 0) + taken);
      const known = byKind.get(kind) ?? { count: 0, seconds: 0 };
      byKind.set(kind, { count: known.count + 1, seconds: known.seconds + taken });
    };
    // Models and stress runs are made on the way to their time.
    if (step.kind !== 'models' && step.kind !== 'stress') await timed('clock', player.arrive(step));
    await timed(step.kind, player.perform(step));
  }
  const [date, slowest] = [...seconds].sort(([, a], [, b]) => b - a)[0] ?? ['', 0];
  return {
    replaySeconds: (performance.now() - started) / 1000,
    days: days.length,
    slowestDay: { date, seconds: slowest },
    steps: byKind,
  };
}

/** How many instances of each service answer the clock. */
function instancesOf({ consumes, urls }: ReplayOptions): Map<string, number> {
  return new Map(Object.keys(consumes).map((service) => [service, [urls[service] ?? ''].flat().length]));
}

/** Readers by topic. The clock is answered, not settled. */
function readersOf(consumes: ReplayOptions['consumes']): Map<string, string[]> {
  const readers = new Map<string, string[]>();
  for (const [service, names] of Object.entries(consumes)) {
    for (const name of names) {
      if (name !== topics.clock.name) readers.set(name, [...(readers.get(name) ?? []), service]);
    }
  }
  return readers;
}
