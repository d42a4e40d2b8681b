import { cpus, loadavg } from 'node:os';

/** What a figure was measured on, and how busy that was before. */
export function machine(): string {
  const [load = 0] = loadavg();
  const model = cpus()[0]?.model ?? 'unknown processor';
  return `${cpus().length} × ${model}, Node ${process.versions.node}, load before ${load.toFixed(1)}`;
}

/** The smallest value that at least this share of the values does not exceed. @param level from 0 to 1 */
export function quantile(values: readonly number[], level: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(level * sorted.length) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
