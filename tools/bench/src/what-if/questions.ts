import { quantile } from '../system/report.js';

/** What can be traded. */
export interface Leaf {
  readonly strategy: string;
  readonly instrumentId: string;
}

export const print = (line: string): void => void process.stdout.write(`${line}\n`);

export function printTimes(what: string, times: readonly number[]): void {
  const at = (level: number): string => `${quantile(times, level).toFixed(1)} ms`;
  print(what);
  print(`  P50 ${at(0.5)}   P90 ${at(0.9)}   P95 ${at(0.95)}   P99 ${at(0.99)}   highest ${at(1)}`);
}

/** Two trades, no list of them twice. */
export function twoTrades(leaves: readonly Leaf[], index: number): readonly unknown[] {
  const leaf = (at: number): Leaf => leaves[at % leaves.length] ?? { strategy: '', instrumentId: '' };
  return [
    { ...leaf(index), quantityChange: String(1 + index) },
    { ...leaf(index * 7 + 3), quantityChange: String(-1 - (index % 89)) },
  ];
}
