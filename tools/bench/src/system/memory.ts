import { usageOf } from './process-tree.js';

const everyMs = 2000;

/** Memory of some processes over time. */
export class MemoryWatch {
  private readonly samples: { readonly seconds: number; readonly mebibytes: number }[] = [];
  private readonly began = performance.now();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly pids: readonly number[]) {
    this.timer = setInterval(() => void this.sample(), everyMs);
    this.timer.unref();
  }

  async sample(): Promise<void> {
    const usages = await Promise.all(this.pids.map((pid) => usageOf(pid)));
    const bytes = usages.reduce((sum, { pssBytes }) => sum + pssBytes, 0);
    this.samples.push({ seconds: (performance.now() - this.began) / 1000, mebibytes: bytes / 2 ** 20 });
  }

  /** Takes a last sample and ends. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.sample();
  }

  /** In MiB. */
  get highest(): number {
    return Math.max(...this.samples.map(({ mebibytes }) => mebibytes));
  }

  /** MiB a minute, by least squares over the second half: the first is warming up. */
  get slope(): number {
    return slopeOf(this.samples.slice(this.samples.length >> 1)) * 60;
  }
}

/** Least squares, MiB a second; 0 for fewer than two samples. */
export function slopeOf(samples: readonly { readonly seconds: number; readonly mebibytes: number }[]): number {
  const count = samples.length;
  const mean = (of: (sample: (typeof samples)[number]) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / count;
  const [time, size] = [mean(({ seconds }) => seconds), mean(({ mebibytes }) => mebibytes)];
  let both = 0;
  let spread = 0;
  for (const { seconds, mebibytes } of samples) {
    both += (seconds - time) * (mebibytes - size);
    spread += (seconds - time) ** 2;
  }
  return spread === 0 ? 0 : both / spread;
}
