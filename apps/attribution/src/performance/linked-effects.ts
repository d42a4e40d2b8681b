import {
  brinsonFachler,
  carinoLinking,
  createReturns,
  riskAdjustedAttribution,
  type AttributionGroup,
} from '@risk-budget/risk-math';

/** One source of return on one day; a factor has one effect, a group three. */
export interface DayEffects {
  readonly portfolioReturn: number;
  readonly benchmarkReturn: number;
  /** By source; allocation, selection and interaction, or the contribution alone. They sum to the active return. */
  readonly effects: ReadonlyMap<string, readonly number[]>;
}

/** A source over all days: its effects on the active return of the period, and the risk it took. */
export interface LinkedSource {
  readonly name: string;
  readonly effects: readonly number[];
  readonly total: number;
  /** Of its daily effects: annual, with the risk of them all; null where they do not move or there are too few days. */
  readonly realised: {
    readonly riskContribution: number;
    readonly riskShare: number;
    readonly ratio: number | null;
  } | null;
}

export interface LinkedPeriod {
  readonly portfolioReturn: number;
  readonly benchmarkReturn: number;
  readonly activeReturn: number;
  /** Of the active return, annual; null where it does not move. */
  readonly realisedRisk: number | null;
  readonly sources: readonly LinkedSource[];
}

export function groupEffects(groups: readonly AttributionGroup[]): DayEffects {
  const day = brinsonFachler(groups);
  return {
    portfolioReturn: day.portfolioReturn,
    benchmarkReturn: day.benchmarkReturn,
    effects: new Map(
      day.groups.map(({ id, allocation, selection, interaction }) => [id, [allocation, selection, interaction]]),
    ),
  };
}

/**
 * Links days by Cariño's coefficients, so that the effects sum exactly to the active return of the period; and splits the risk that the
 * daily effects took.
 *
 * @param width effects a source
 */
export function linked(days: readonly DayEffects[], width: number): LinkedPeriod {
  const names = [...new Set(days.flatMap(({ effects }) => [...effects.keys()]))].sort();
  const flat = Float64Array.from(
    days.flatMap(({ effects }) =>
      names.flatMap((name) => Array.from({ length: width }, (_, k) => effects.get(name)?.[k] ?? 0)),
    ),
  );
  const link = carinoLinking(
    Float64Array.from(days, ({ portfolioReturn }) => portfolioReturn),
    Float64Array.from(days, ({ benchmarkReturn }) => benchmarkReturn),
    flat,
  );
  const risk = riskOf(days, names);
  return {
    portfolioReturn: link.portfolioReturn,
    benchmarkReturn: link.benchmarkReturn,
    activeReturn: link.portfolioReturn - link.benchmarkReturn,
    realisedRisk: risk?.riskAnnual ?? null,
    sources: names.map((name, index) => {
      const effects = Array.from(link.effects.subarray(index * width, (index + 1) * width));
      const own = risk?.sources[index];
      return {
        name,
        effects,
        total: effects.reduce((sum, effect) => sum + effect, 0),
        realised:
          own === undefined
            ? null
            : { riskContribution: own.riskContributionAnnual, riskShare: own.riskShare, ratio: own.componentRatio },
      };
    }),
  };
}

/** Undefined with too few days, or when nothing has moved. */
function riskOf(days: readonly DayEffects[], names: readonly string[]) {
  const values = Float64Array.from(
    days.flatMap(({ effects }) =>
      names.map((name) => (effects.get(name) ?? []).reduce((sum, effect) => sum + effect, 0)),
    ),
  );
  if (days.length < 2 || values.every((value) => value === values[0])) return undefined;
  return riskAdjustedAttribution(createReturns(values, days.length, names.length));
}
