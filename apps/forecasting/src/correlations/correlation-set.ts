import type { ForecastKind } from '@risk-budget/contracts';
import { subjectKey, type Subject } from '../subjects/subject.js';
import type { HeldPortfolio } from '../subjects/subjects.service.js';

/** Subjects whose correlations are forecast together: their returns are taken in one currency, and none is made of the others. */
export interface CorrelationSet {
  readonly setId: string;
  readonly kind: ForecastKind;
  readonly currency: string;
  readonly subjects: readonly Subject[];
  /** How many more there are. */
  readonly leftOut: number;
}

/** Matrices grow with the square: of more names than these the largest are taken. */
export const MOST_SUBJECTS = 50;

/**
 * Those of one currency, and for each base currency everything that its portfolios hold where that is in several: with returns in the base
 * currency, so that rates are in them.
 *
 * @param subjects that were forecast on the day
 */
export function correlationSets(
  calendar: string,
  subjects: readonly Subject[],
  portfolios: readonly Pick<HeldPortfolio, 'subject'>[],
): CorrelationSet[] {
  return [...setsOfOneCurrency(calendar, subjects, portfolios), ...setsAcross(calendar, subjects, portfolios)];
}

/** By base currency. */
function setsAcross(
  calendar: string,
  subjects: readonly Subject[],
  portfolios: readonly Pick<HeldPortfolio, 'subject'>[],
): CorrelationSet[] {
  const sets: CorrelationSet[] = [];
  for (const currency of [...new Set(portfolios.map(({ subject }) => subject.currency))].sort()) {
    const held = grossOf(portfolios.filter(({ subject }) => subject.currency === currency));
    const own = subjects.filter(({ kind, subjectId }) => kind === 'instrument' && held.has(subjectId));
    if (new Set(own.map((subject) => subject.currency)).size < 2) continue;
    const taken = largestFirst(own, held).slice(0, MOST_SUBJECTS);
    sets.push({
      ...{ setId: `${calendar}-holdings-${currency}`, kind: 'instrument', currency },
      subjects: inOrder(taken),
      leftOut: own.length - taken.length,
    });
  }
  return sets;
}

/**
 * For each currency the instruments that portfolios hold, with the market where it is a series of its own; and the factors of the risk
 * policies. A portfolio is in none: it is made of its instruments.
 */
function setsOfOneCurrency(
  calendar: string,
  subjects: readonly Subject[],
  portfolios: readonly Pick<HeldPortfolio, 'subject'>[],
): CorrelationSet[] {
  const held = grossOf(portfolios);
  const sets: CorrelationSet[] = [];
  for (const currency of [...new Set(subjects.map((subject) => subject.currency))].sort()) {
    const own = subjects.filter((subject) => subject.currency === currency);
    const instruments = largestFirst(
      own.filter(({ kind }) => kind === 'instrument'),
      held,
    );
    const markets = seriesApart(own, instruments);
    const taken = instruments.slice(0, MOST_SUBJECTS - markets.length);
    const factors = own.filter(({ kind }) => kind === 'factor').sort((a, b) => compare(a.subjectId, b.subjectId));
    const add = (kind: ForecastKind, of: readonly Subject[], leftOut: number): void => {
      if (of.length > 1) sets.push({ setId: `${calendar}-${kind}-${currency}`, kind, currency, subjects: of, leftOut });
    };
    add('instrument', [...markets, ...inOrder(taken)], instruments.length - taken.length);
    add('factor', factors.slice(0, MOST_SUBJECTS), Math.max(0, factors.length - MOST_SUBJECTS));
  }
  return sets;
}

/** Markets of a single series that nobody holds, each series once. */
function seriesApart(own: readonly Subject[], instruments: readonly Subject[]): Subject[] {
  const known = new Set(instruments.map(({ subjectId }) => subjectId));
  const markets: Subject[] = [];
  for (const subject of inOrder(own.filter(({ kind }) => kind === 'market'))) {
    const [series, ...others] = [...subject.weights.keys()];
    if (series === undefined || others.length > 0 || known.has(series)) continue;
    known.add(series);
    markets.push(subject);
  }
  return markets;
}

function largestFirst(instruments: readonly Subject[], held: ReadonlyMap<string, number>): Subject[] {
  return [...instruments].sort(
    (a, b) => (held.get(b.subjectId) ?? 0) - (held.get(a.subjectId) ?? 0) || compare(a.subjectId, b.subjectId),
  );
}

/** Σ of |weight| over the portfolios, by instrument. */
function grossOf(portfolios: readonly Pick<HeldPortfolio, 'subject'>[]): ReadonlyMap<string, number> {
  const gross = new Map<string, number>();
  for (const { subject } of portfolios) {
    for (const [id, weight] of subject.weights) gross.set(id, (gross.get(id) ?? 0) + Math.abs(weight));
  }
  return gross;
}

function inOrder(subjects: readonly Subject[]): Subject[] {
  return [...subjects].sort((a, b) => compare(subjectKey(a), subjectKey(b)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
