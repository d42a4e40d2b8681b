import { Injectable } from '@nestjs/common';
import type { BusinessDate, Instant } from '@risk-budget/contracts';
import {
  AlignedReturnsService,
  businessCalendar,
  ChangeLog,
  daysBetween,
  MarketDataError,
  type AlignedReturns,
} from '@risk-budget/market-data';
import type { Tx } from '@risk-budget/persistence';
import { replayEpisode } from '@risk-budget/risk-math';
import { StressError } from '../errors.js';

export interface EpisodeQuery {
  readonly start: BusinessDate;
  readonly end: BusinessDate;
  readonly instrumentIds: readonly string[];
  readonly baseCurrency: string;
  /** Counts the days of the window. */
  readonly calendar: string;
  readonly knownAt: Instant;
}

/** The days of an episode for some instruments. */
export interface Episode {
  readonly aligned: AlignedReturns;
  /** Compounded return of each column over the whole window. */
  readonly cumulative: Float64Array;
}

interface Kept {
  readonly episode: Episode;
  readonly knownAt: number;
  /** Milliseconds; a change of anything valid before it makes the episode stale. */
  readonly end: number;
}

const KEPT_EPISODES = 256;
/** Calendar days by which prices may begin after the start or end before the end: holidays of another market, never a missing month. */
const SLACK_DAYS = 7;
const ALWAYS = '9999-12-31T23:59:59.999Z';

/**
 * Returns of instruments through dated windows. The past stands still: what was computed once is kept until something is learned of
 * that time, so that a daily run reads no prices at all.
 */
@Injectable()
export class EpisodeReturns {
  private readonly kept = new Map<string, Kept>();
  private generation = 0;

  constructor(
    private readonly returns: AlignedReturnsService,
    private readonly changes: ChangeLog,
  ) {
    changes.register(
      (change) => {
        if (change.kind === 'portfolio') return;
        this.generation++;
        for (const [key, { end }] of this.kept) if (change.earliest <= end) this.kept.delete(key);
      },
      () => {
        this.generation++;
        this.kept.clear();
      },
    );
  }

  /** @throws StressError `STRESS.NO_HISTORY` when the prices known do not cover the window, or nothing stands for an instrument */
  async load(query: EpisodeQuery, tx?: Tx): Promise<Episode> {
    const own = await this.changes.refresh(tx);
    const end = Date.parse(endOf(query));
    const knownAt = Date.parse(query.knownAt);
    const isPure = !own.some((change) => change.kind !== 'portfolio' && change.earliest <= end);
    const { knownAt: _, ...named } = query;
    const key = JSON.stringify(named);
    const known = isPure ? this.kept.get(key) : undefined;
    if (known !== undefined && known.knownAt <= knownAt) return known.episode;
    const { generation } = this;
    const episode = await this.compute(query, tx);
    if (isPure && (await this.isSettled(query, episode, tx)) && generation === this.generation) {
      this.keep(key, { episode, knownAt, end });
    }
    return episode;
  }

  private async compute(query: EpisodeQuery, tx: Tx | undefined): Promise<Episode> {
    const aligned = await this.align(query, tx);
    requireCovered(query, aligned);
    const falling = new Float64Array(aligned.instrumentIds.length).fill(-1);
    return { aligned, cumulative: replayEpisode(aligned.returns, falling).end.contributions };
  }

  /** Whether nothing that was learned later changes the answer, so that it is good for every later question too. */
  private async isSettled(query: EpisodeQuery, { aligned }: Episode, tx: Tx | undefined): Promise<boolean> {
    const later = await this.align({ ...query, knownAt: ALWAYS }, tx);
    return (
      later.values.length === aligned.values.length &&
      later.values.every((value, at) => value === aligned.values[at]) &&
      later.startDate === aligned.startDate &&
      JSON.stringify(later.proxied) === JSON.stringify(aligned.proxied)
    );
  }

  private async align(query: EpisodeQuery, tx: Tx | undefined): Promise<AlignedReturns> {
    const { instrumentIds, baseCurrency, knownAt } = query;
    const days = businessDays(query);
    try {
      return await this.returns.load(
        { instrumentIds, baseCurrency, end: endOf(query), knownAt, days, minimumHistory: Math.ceil(days / 2) },
        tx,
      );
    } catch (error) {
      if (error instanceof MarketDataError && error.code === 'MARKET_DATA.NO_HISTORY') throw uncovered(query);
      throw error;
    }
  }

  private keep(key: string, kept: Kept): void {
    this.kept.delete(key);
    this.kept.set(key, kept);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= KEPT_EPISODES) return;
      this.kept.delete(oldest);
    }
  }
}

function endOf({ end }: Pick<EpisodeQuery, 'end'>): Instant {
  return `${end}T23:59:59.999Z`;
}

/** Business days after the start up to and including the end. */
function businessDays({ start, end, calendar }: EpisodeQuery): number {
  const days = businessCalendar(calendar);
  let count = 0;
  const day = new Date(`${start}T00:00:00.000Z`);
  for (
    day.setUTCDate(day.getUTCDate() + 1);
    day.toISOString().slice(0, 10) <= end;
    day.setUTCDate(day.getUTCDate() + 1)
  ) {
    if (days.isBusinessDay(day.toISOString().slice(0, 10))) count++;
  }
  return Math.max(1, count);
}

function requireCovered(query: EpisodeQuery, aligned: AlignedReturns): void {
  if (aligned.unavailable.length > 0) {
    throw new StressError(
      'STRESS.NO_HISTORY',
      `Nothing stands for ${aligned.unavailable.map((id) => `'${id}'`).join(', ')} from ${query.start} to ${query.end}.`,
    );
  }
  const late = daysBetween(query.start, aligned.startDate);
  const early = daysBetween(aligned.dates.at(-1) ?? query.start, query.end);
  if (late > SLACK_DAYS || early > SLACK_DAYS) throw uncovered(query);
}

function uncovered({ start, end }: EpisodeQuery): StressError {
  return new StressError('STRESS.NO_HISTORY', `The prices known do not cover the days from ${start} to ${end}.`);
}
