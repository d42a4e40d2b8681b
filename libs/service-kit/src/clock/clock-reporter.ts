import { topics, type ClockReached } from '@risk-budget/contracts';
import type { Progress, ProgressCounter } from '@risk-budget/messaging';
import type { Logger } from '../logging/logger.js';
import type { ClockPosition } from './business-clock.js';

export interface ClockReporterParts {
  readonly service: string;
  readonly instance: string;
  readonly progress: Pick<ProgressCounter, 'read' | 'onGrowth' | 'busy'>;
  /** Sends the answer; it need not be durable, for it is sent again whenever the numbers grow and after a restart. */
  readonly publish: (data: ClockReached) => Promise<void>;
  readonly position: () => ClockPosition;
  /** Whether the service is on its way to another position of the clock, where it will answer anyway. */
  readonly underWay: () => boolean;
  readonly logger: Logger;
}

/** The counts of the platform's own topics say nothing of the work, and would grow with every answer. */
const ownTopics = new Set<string>(
  Object.values(topics)
    .filter((topic) => topic.owner === 'platform')
    .map((topic) => topic.name),
);
const debounceMs = 1;
/** Numbers that are about to grow again are told at least this often. */
const mostBusyMs = 100;
const retryMs = 250;

/** Answers the clock: what the service has settled and published so far, when the clock arrives and whenever the numbers grow after that. */
export class ClockReporter {
  private sent = '';
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> = Promise.resolve();
  private stopped = false;
  /** Not a number while nobody counts. */
  private growth = Number.NaN;
  private known: { readonly progress: Progress; readonly growths: number } | undefined;
  private unsubscribe: () => void = () => undefined;

  constructor(private readonly parts: ClockReporterParts) {}

  start(): void {
    this.unsubscribe();
    this.growth = 0;
    this.unsubscribe = this.parts.progress.onGrowth(() => {
      this.growth++;
      this.schedule(debounceMs);
    });
  }

  /** How often the numbers have grown by this instance since it was started; NaN, which equals nothing, before. */
  get growths(): number {
    return this.growth;
  }

  /** Takes numbers that were read after so many {@link growths}: the next answer needs not read them, unless they have grown since. */
  know(progress: Progress, growths: number): void {
    this.known = { progress, growths };
  }

  /** Answers now, even when the numbers are the same as before. */
  arrived(): void {
    this.sent = '';
    clearTimeout(this.timer);
    this.timer = undefined;
    this.schedule(0);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.unsubscribe();
    clearTimeout(this.timer);
    await this.sending;
  }

  private schedule(ms: number): void {
    if (this.stopped || this.timer !== undefined) return;
    const since = performance.now();
    const look = (): void => {
      const { progress, underWay } = this.parts;
      // Another answer is about to follow: this one would tell nobody that all is done.
      if ((progress.busy || underWay()) && performance.now() - since < mostBusyMs && !this.stopped) {
        this.timer = setTimeout(look, debounceMs);
        return;
      }
      this.timer = undefined;
      this.sending = this.sending.then(() => this.send());
    };
    this.timer = setTimeout(look, ms);
  }

  private async send(): Promise<void> {
    const { service, instance, progress, publish, position, logger } = this.parts;
    if (this.stopped || position().sequence === 0) return;
    try {
      const { known } = this;
      this.known = undefined;
      const { published, settled } = known?.growths === this.growth ? known.progress : await progress.read();
      const { sequence, time } = position();
      const data: ClockReached = {
        service,
        instance,
        clockSequence: sequence,
        clockTime: time,
        published: withoutOwn(published),
        settled: withoutOwn(settled),
      };
      const text = JSON.stringify(data);
      if (text === this.sent) return;
      await publish(data);
      this.sent = text;
    } catch (error) {
      logger.warn('the answer to the clock cannot be sent yet', { error });
      this.schedule(retryMs);
    }
  }
}

function withoutOwn<T>(counts: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(counts).filter(([topic]) => !ownTopics.has(topic)));
}
