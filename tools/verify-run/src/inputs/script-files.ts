import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ownEpisodes, type OwnEpisode } from './episodes.js';
import { readPriceFiles, type Closes } from './price-files.js';

const leaf = z.object({ strategy: z.string(), instrumentId: z.string(), weight: z.string() });

/** What the life of a breach can show. */
const breachCase = z.enum(['soft', 'hard', 'twoSteps', 'worsened', 'waived', 'waiverExpired', 'remediatedAndResolved']);
export type BreachCase = z.infer<typeof breachCase>;

/** Who forecasts from outside, and by which rule. */
const vendor = z.object({
  source: z.string(),
  subjectId: z.string(),
  instrumentId: z.string(),
  decay: z.number(),
  windowDays: z.number(),
  horizonsDays: z.array(z.number()),
});
export type Vendor = z.infer<typeof vendor>;

const world = z.object({
  firstDay: z.string(),
  lastDay: z.string(),
  historyStart: z.string().optional(),
  historyEnd: z.string(),
  closeTime: z.string(),
  modelTime: z.string(),
  stressTime: z.string(),
  predictions: z.array(vendor),
  portfolios: z.array(
    z.object({ portfolio: z.object({ portfolioId: z.string() }), nav: z.string(), leaves: z.array(leaf) }),
  ),
  shows: z.array(breachCase),
});

const fault = z.discriminatedUnion('fault', [
  z.object({
    fault: z.literal('split'),
    id: z.string(),
    instrumentId: z.string(),
    ratio: z.string(),
    exDate: z.string(),
    announcedAt: z.string(),
    positions: z.enum(['before', 'after']),
  }),
  z.object({ fault: z.literal('duplicate'), id: z.string(), topic: z.string(), date: z.string() }),
  z.object({
    fault: z.literal('outOfOrder'),
    id: z.string(),
    portfolioId: z.string(),
    strategy: z.string(),
    instrumentId: z.string(),
    date: z.string(),
    quantityChanges: z.array(z.string()),
  }),
  z.object({
    fault: z.literal('noHistory'),
    id: z.string(),
    instrumentId: z.string(),
    sector: z.string(),
    prices: z.string(),
    firstDay: z.string(),
    portfolioId: z.string(),
    strategy: z.string(),
    boughtOn: z.string(),
    boughtAt: z.string(),
    quantity: z.string(),
  }),
  z.object({ fault: z.literal('stale'), id: z.string(), instrumentId: z.string(), from: z.string(), to: z.string() }),
  z.object({
    fault: z.literal('correction'),
    id: z.string(),
    instrumentId: z.string(),
    date: z.string(),
    wrongFactor: z.string(),
    correctedAt: z.string(),
  }),
  z.object({
    fault: z.literal('refused'),
    id: z.string(),
    portfolio: z.object({ portfolioId: z.string() }),
    statedAt: z.string(),
    definedAt: z.string(),
  }),
]);

/** Of what the desk does, what it must have brought about. */
const action = z.object({
  at: z.string(),
  do: z.string(),
  path: z.string().optional(),
  what: z.string().optional(),
  portfolioId: z.string().optional(),
  expect: z.string().optional(),
  trades: z.array(z.object({ strategy: z.string(), instrumentId: z.string(), quantityChange: z.string() })).optional(),
});
export type DeskAction = z.infer<typeof action>;

export type World = z.infer<typeof world>;
export type Fault = z.infer<typeof fault>;
export type FaultOf<Kind extends Fault['fault']> = Extract<Fault, { fault: Kind }>;

/** Everything that is known before the run: the files that it was made from. */
export interface RunInputs {
  readonly world: World;
  readonly faults: readonly Fault[];
  readonly closes: Closes;
  readonly episodes: readonly OwnEpisode[];
  /** What people do, in their order. */
  readonly desk: readonly DeskAction[];
  /** Paths under which the desk asks attribution for what was earned. */
  readonly performancePaths: readonly string[];
  /** As of when budget reports are held against what is recomputed: in the middle and at the end. */
  readonly reportMoments: readonly string[];
}

/**
 * Reads the input files of a run.
 *
 * @param dataDir the folder with the prices
 * @param scriptDir the folder with what happens; the sample's unless said
 */
export function readInputs(dataDir: string, scriptDir = join(dataDir, 'desk-2020')): RunInputs {
  const parse = <Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> =>
    schema.parse(JSON.parse(readFileSync(join(scriptDir, file), 'utf8')));
  const faults = parse('faults.json', z.array(fault));
  const listings = faults.flatMap((planted) => (planted.fault === 'noHistory' ? [planted.prices] : []));
  const files = ['us-equities-1990-2022.csv.gz', 'factor-etfs-2014-2022.csv.gz', ...listings];
  const desk = parse('desk.json', z.array(action));
  const asked = desk.flatMap(({ path }) => path ?? []);
  const known = parse('world.json', world);
  const { historyStart = '' } = known;
  const closes = new Map([...readPriceFiles(dataDir, files)].filter(([date]) => date >= historyStart));
  const days = [...closes.keys()].filter((day) => day >= known.firstDay && day <= known.lastDay);
  return {
    world: known,
    faults,
    desk,
    closes,
    episodes: ownEpisodes,
    performancePaths: asked.filter((path) => path.includes('/performance-attribution')),
    // One where the middle of a short run is its end.
    reportMoments: [...new Set([days[days.length >> 1], known.lastDay])].map(
      (day) => `${day ?? known.firstDay}T23:00:00.000Z`,
    ),
  };
}

export function faultsOf<Kind extends Fault['fault']>(faults: readonly Fault[], kind: Kind): FaultOf<Kind>[] {
  return faults.filter((planted): planted is FaultOf<Kind> => planted.fault === kind);
}
