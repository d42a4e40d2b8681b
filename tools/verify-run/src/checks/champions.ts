import {
  championChanged,
  forecastMade,
  forecastScored,
  type ChampionChanged,
  type ForecastScored,
} from '@risk-budget/contracts';
import type { ForecastPolicyFinding } from '../inputs/forecast-findings.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** Who competes; of two that are equally good the first one listed takes over. */
const competitors = ['ewma', 'garch', 'gjr', 'har', 'combination'];
const firstChampion = 'ewma';

interface Losses {
  readonly loss: number;
  readonly count: number;
  readonly observations: number;
}

/** What is known of a subject from the scores of a day ahead that were published. */
interface Standing {
  champion: string;
  switched: boolean;
  scoresSinceSwitch: number;
  readonly losses: Map<string, Losses>;
}

interface Switch {
  readonly to: string;
  readonly losses: ReadonlyMap<string, Losses>;
}

/** Champions: who has changed when, and only then, by the policy and the scores published; and that each forecast names the one in force. */
export function checkChampions({ events, rest }: RunContext): Check[] {
  const changes = new CheckRecorder('champions change when the policy says so, by the scores published, and only then');
  const inForce = new CheckRecorder('every forecast names the champion in force');
  changes.expect(rest.forecastPolicies.length > 0, () => 'nobody was asked by which policy');
  const published = new Map(events.of(championChanged).map(({ data }) => [keyOf(data, data.at), data]));
  changes.expect(published.size === events.of(championChanged).length, () => 'a champion has changed twice at once');
  const standings = new Map<string, Standing>();
  for (const run of runsOf(events)) {
    const policy = policyAt(rest.forecastPolicies, run.at);
    if (policy === undefined) continue;
    for (const { kind, score } of run.scored) remember(standingOf(standings, kind, score), score, policy.lossDiscount);
    const judged = new Set(run.scored.map(({ kind, score: { subjectId } }) => `${kind} ${subjectId}`));
    for (const subject of judged) {
      const standing = standings.get(subject);
      if (standing === undefined) continue;
      const key = `${subject} at ${run.at}`;
      const own = switchOf(standing, policy);
      compare(changes, key, published.get(key), own, standing, policy);
      published.delete(key);
      if (own === undefined) continue;
      Object.assign(standing, { champion: own.to, switched: true, scoresSinceSwitch: 0 });
    }
    for (const { kind, made } of run.made) {
      const { champion } = standings.get(`${kind} ${made.subjectId}`) ?? { champion: firstChampion };
      const can = made.methods.includes(champion) ? champion : made.methods[0];
      inForce.expect(
        made.champion === can,
        () => `${kind} ${made.subjectId} at ${run.at}: ${made.champion}, not ${String(can)}`,
      );
    }
  }
  for (const key of published.keys()) changes.expect(false, () => `${key}: changed though nothing was scored`);
  inForce.expect(events.of(forecastMade).length > 0, () => 'nothing was forecast');
  return [changes.result(), inForce.result()];
}

function keyOf({ kind, subjectId }: Pick<ChampionChanged, 'kind' | 'subjectId'>, at: string): string {
  return `${kind} ${subjectId} at ${at}`;
}

interface Run {
  readonly at: string;
  readonly scored: { readonly kind: string; readonly score: ForecastScored['scored'][number] }[];
  readonly made: {
    readonly kind: string;
    readonly made: { readonly subjectId: string; readonly champion: string; readonly methods: readonly string[] };
  }[];
}

/** What was scored and then forecast at each moment, in order. */
function runsOf(events: RunContext['events']): Run[] {
  const runs = new Map<string, Run>();
  const runAt = (at: string): Run => {
    const run = runs.get(at) ?? { at, scored: [], made: [] };
    runs.set(at, run);
    return run;
  };
  for (const { data } of events.of(forecastScored)) {
    runAt(data.scoredAt).scored.push(...data.scored.map((score) => ({ kind: data.kind, score })));
  }
  for (const { data } of events.of(forecastMade)) {
    for (const { subjectId, champion, volatilities } of data.forecasts) {
      const methods = volatilities.map(({ method }) => method);
      runAt(data.madeAt).made.push({ kind: data.kind, made: { subjectId, champion, methods } });
    }
  }
  return [...runs.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
}

/** The newest version of the policy by then. */
function policyAt(policies: readonly ForecastPolicyFinding[], at: string): ForecastPolicyFinding | undefined {
  return policies
    .filter(({ effectiveFrom }) => (effectiveFrom ?? '') <= at)
    .sort((a, b) => a.version - b.version)
    .at(-1);
}

function standingOf(standings: Map<string, Standing>, kind: string, { subjectId }: { subjectId: string }): Standing {
  const key = `${kind} ${subjectId}`;
  const known = standings.get(key) ?? {
    champion: firstChampion,
    switched: false,
    scoresSinceSwitch: 0,
    losses: new Map<string, Losses>(),
  };
  standings.set(key, known);
  return known;
}

/** Only a day ahead counts. */
function remember(standing: Standing, score: ForecastScored['scored'][number], discount: number): void {
  if (score.horizonDays !== 1) return;
  standing.scoresSinceSwitch++;
  for (const { method, qlike } of score.scores) {
    const { loss, count, observations } = standing.losses.get(method) ?? { loss: 0, count: 0, observations: 0 };
    standing.losses.set(method, {
      loss: discount * loss + Math.max(0, qlike),
      count: discount * count + 1,
      observations: observations + 1,
    });
  }
}

/** The best challenger with enough scores, where it is better than the champion by the margin and the champion has stayed long enough. */
function switchOf(standing: Standing, { champion: rule }: ForecastPolicyFinding): Switch | undefined {
  const losses = new Map([...standing.losses].filter(([method]) => competitors.includes(method)));
  const mean = (method: string): number => {
    const { loss, count } = losses.get(method) ?? { loss: NaN, count: NaN };
    return loss / count;
  };
  const enough = (method: string) => (losses.get(method)?.observations ?? 0) >= rule.minimumObservations;
  if (!enough(standing.champion) || (standing.switched && standing.scoresSinceSwitch < rule.dwellDays))
    return undefined;
  const [best] = competitors
    .filter((method) => method !== standing.champion && enough(method))
    .sort((a, b) => mean(a) - mean(b));
  const better = best !== undefined && mean(best) < (1 - rule.margin) * mean(standing.champion);
  return better ? { to: best, losses } : undefined;
}

function compare(
  check: CheckRecorder,
  key: string,
  told: ChampionChanged | undefined,
  own: Switch | undefined,
  { champion }: Standing,
  policy: ForecastPolicyFinding,
): void {
  const expected = own === undefined ? 'no change' : `${own.to} for ${champion}`;
  check.expect(
    told?.to === own?.to && (told === undefined || (told.from === champion && told.policyVersion === policy.version)),
    () => `${key}: ${told === undefined ? 'no change' : `${told.to} for ${told.from}`}, ${expected} expected`,
  );
  if (told === undefined || own === undefined) return;
  check.expect(told.losses.length === own.losses.size, () => `${key}: losses of ${told.losses.length} methods`);
  for (const { method, loss, observations } of told.losses) {
    const mine = own.losses.get(method);
    check.figure(`${key}: loss of ${method}`, loss, mine === undefined ? null : mine.loss / mine.count);
    check.expect(observations === mine?.observations, () => `${key}: ${observations} scores of ${method}`);
  }
}
