import type { RealisedReturn } from '@risk-budget/contracts';
import type { AttributionGroup } from '@risk-budget/risk-math';

/** By what returns are told apart; by factor they are told another way. */
export type ReturnGrouping = 'security' | 'strategy' | 'sector';

/** One position, or one name of the benchmark, over a day. */
export type DayRow = Pick<RealisedReturn, 'weight' | 'return' | 'benchmarkWeight' | 'benchmarkReturn'> & {
  readonly group: string;
};

/** What is neither held nor in the benchmark earns nothing; it makes both sides whole. */
export const CASH_GROUP = 'cash';

/** What both sides hold of one group. */
interface Sums {
  weight: number;
  gain: number;
  benchmarkWeight: number;
  benchmarkGain: number;
  benchmarkKnown: boolean;
}

/** The groups of a day with cash as one of them, so that each side's weights sum to 1. */
export function dayGroups(rows: readonly DayRow[]): AttributionGroup[] {
  const groups = new Map<string, Sums>();
  let [cash, benchmarkCash] = [1, 1];
  for (const row of rows) {
    const sums = groups.get(row.group) ?? emptySums();
    groups.set(row.group, sums);
    sums.weight += row.weight;
    sums.gain += row.weight * row.return;
    sums.benchmarkWeight += row.benchmarkWeight;
    sums.benchmarkGain += row.benchmarkWeight * (row.benchmarkReturn ?? 0);
    sums.benchmarkKnown &&= row.benchmarkWeight === 0 || row.benchmarkReturn !== undefined;
    cash -= row.weight;
    benchmarkCash -= row.benchmarkWeight;
  }
  const own = groups.get(CASH_GROUP);
  const held = [...groups].filter(([id]) => id !== CASH_GROUP).map(([id, sums]) => groupOf(id, sums));
  const rest = own ?? emptySums();
  return [
    ...held,
    groupOf(CASH_GROUP, {
      ...rest,
      weight: rest.weight + cash,
      benchmarkWeight: rest.benchmarkWeight + benchmarkCash,
    }),
  ];
}

function emptySums(): Sums {
  return { weight: 0, gain: 0, benchmarkWeight: 0, benchmarkGain: 0, benchmarkKnown: true };
}

function groupOf(id: string, sums: Sums): AttributionGroup {
  const { weight, gain, benchmarkWeight, benchmarkGain, benchmarkKnown } = sums;
  return {
    id,
    portfolioWeight: weight,
    benchmarkWeight,
    portfolioReturn: weight === 0 ? null : gain / weight,
    benchmarkReturn: benchmarkWeight === 0 || !benchmarkKnown ? null : benchmarkGain / benchmarkWeight,
  };
}

/** Whether a group with a net weight of nothing has earned something, which no return of it can say. */
export function netsToNothing(rows: readonly DayRow[]): string | undefined {
  const sums = new Map<string, { weight: number; gain: number }>();
  for (const { group, weight, return: value } of rows) {
    const own = sums.get(group) ?? { weight: 0, gain: 0 };
    sums.set(group, { weight: own.weight + weight, gain: own.gain + weight * value });
  }
  return [...sums].find(([, { weight, gain }]) => weight === 0 && gain !== 0)?.[0];
}
