/** Wakes a loop that waits. A wake that comes while nobody waits is kept for the next wait. */
export class Signal {
  private raised = false;
  private wakeUp: (() => void) | undefined;

  raise(): void {
    this.raised = true;
    this.wakeUp?.();
  }

  /** Until raised, or the time is over. @returns whether it was raised */
  async wait(milliseconds?: number): Promise<boolean> {
    if (!this.raised) {
      await new Promise<void>((resolve) => {
        const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds);
        this.wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const { raised } = this;
    this.raised = false;
    this.wakeUp = undefined;
    return raised;
  }
}

/** Waits through other news on the signal; only `ended` makes it return early. */
export async function pause(signal: Signal, milliseconds: number, ended: () => boolean): Promise<void> {
  const until = performance.now() + milliseconds;
  for (let rest = milliseconds; rest > 0 && !ended(); rest = until - performance.now()) await signal.wait(rest);
  signal.raise(); // what came meanwhile is still to be looked at
}

/** Doubling delays with a ceiling, for a loop that meets trouble: work goes on at most 2 s after what was away is there again. */
export class Backoff {
  private failures = 0;

  constructor(
    private readonly first = 100,
    private readonly most = 2_000,
  ) {}

  next(): number {
    return Math.min(this.most, this.first * 2 ** Math.min(this.failures++, 16));
  }

  reset(): void {
    this.failures = 0;
  }
}
