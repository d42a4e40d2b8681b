/** A chance that was given, and whether it came about. */
export interface Outcome {
  readonly probability: number;
  readonly happened: boolean;
}

/** Score = reliability − resolution + uncertainty, and what the tenths hide. */
export interface Brier {
  readonly score: number;
  readonly reliability: number;
  readonly resolution: number;
  readonly uncertainty: number;
  /** Null when the outcome was always the same. */
  readonly skill: number | null;
  readonly baseRate: number;
  readonly table: readonly {
    readonly count: number;
    readonly meanForecast: number | null;
    readonly observedFrequency: number | null;
  }[];
}

const bins = 10;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Brier’s score with Murphy’s decomposition over tenths of probability, each with its lower end. Of at least one outcome. */
export function brierOf(outcomes: readonly Outcome[]): Brier {
  const came = (all: readonly Outcome[]): number => mean(all.map(({ happened }) => Number(happened)));
  const given = (all: readonly Outcome[]): number => mean(all.map(({ probability }) => probability));
  const tenths = Array.from({ length: bins }, (_, tenth) =>
    outcomes.filter(({ probability }) => Math.min(bins - 1, Math.floor(probability * bins)) === tenth),
  );
  const filled = tenths.filter(({ length }) => length > 0);
  const spread = (of: (all: readonly Outcome[]) => number): number =>
    filled.reduce((sum, all) => sum + (all.length / outcomes.length) * of(all) ** 2, 0);
  const baseRate = came(outcomes);
  const uncertainty = baseRate * (1 - baseRate);
  const score = mean(outcomes.map(({ probability, happened }) => (probability - Number(happened)) ** 2));
  return {
    ...{ score, uncertainty, baseRate, skill: uncertainty > 0 ? 1 - score / uncertainty : null },
    reliability: spread((all) => given(all) - came(all)),
    resolution: spread((all) => came(all) - baseRate),
    table: tenths.map((all) => ({
      count: all.length,
      meanForecast: all.length > 0 ? given(all) : null,
      observedFrequency: all.length > 0 ? came(all) : null,
    })),
  };
}
