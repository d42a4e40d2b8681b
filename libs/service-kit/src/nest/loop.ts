export interface LoopOptions {
  /** Pause between two rounds. */
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
  /** Longest pause after rounds that failed; the pause doubles up to it. Default 5 s. */
  readonly maximumPauseMs?: number;
}

/** Repeats a piece of work until it is stopped: one round at a time, woken early on demand, slower while it fails. */
export class Loop {
  private running: Promise<void> | undefined;
  private wakeUp: (() => void) | undefined;
  private woken = false;
  stopping = false;

  constructor(
    private readonly round: () => Promise<void>,
    private readonly options: LoopOptions,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Starts the next round now, or once more after the one that is running. */
  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  /** Resolves when the last round is over. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp?.();
    await this.running;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping) {
      this.woken = false;
      try {
        await this.round();
        failures = 0;
      } catch (error) {
        failures++;
        if (!this.stopping) this.options.onError(error);
      }
      const pauseMs = Math.min(
        this.options.everyMs * 2 ** failures,
        Math.max(this.options.everyMs, this.options.maximumPauseMs ?? 5000),
      );
      if (!this.stopping && !this.woken) await this.pause(pauseMs);
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.wakeUp = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.wakeUp = end;
    });
  }
}
