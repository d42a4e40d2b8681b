import { clockReached, topicPath, topics } from '@risk-budget/contracts';
import { readEvents, type MessagingDriver } from '@risk-budget/messaging';
import type { Settlement } from './settlement.js';
import type { Upstream } from './upstream.js';

export interface PacerOptions {
  readonly driver: MessagingDriver;
  readonly upstream: Upstream;
  readonly settlement: Settlement;
  /** Wall time after which a step that does not settle is given up. */
  readonly timeoutMs: number;
  /** Without an answer for so long, those since the clock was advanced are read again; default 2 s. */
  readonly lookAgainMs?: number;
}

/** The log's clock and ours differ by less. */
const CLOCKS_APART_MS = 60_000;

/** Advances business time, and lets nothing follow before everything that went before is settled. Waits on answers, never on time. */
export class Pacer {
  private readonly stopping = new AbortController();
  private reading: Promise<void> = Promise.resolve();
  private failure: unknown;
  private wake: () => void = () => undefined;
  private sequence = 0;
  private time = '';
  /** Wall time of the last advance. */
  private advancedAt = 0;

  constructor(private readonly options: PacerOptions) {}

  /** Business time. */
  get now(): string {
    return this.time;
  }

  /** Goes on from the clock that the log holds, and begins to listen to the answers. */
  async start(): Promise<void> {
    const { driver } = this.options;
    const last = await driver.last(topicPath(topics.clock), 'clock');
    if (last !== undefined) {
      const { data } = JSON.parse(last.payload) as { data: { time: string; sequence: number } };
      this.sequence = data.sequence;
      this.time = data.time;
    }
    this.reading = this.listen().catch((error: unknown) => {
      this.failure = error;
      this.wake();
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.reading;
  }

  /** Moves the clock (on, or to where it stands) and waits until all is settled. The answers prove what the services had done before. */
  async advance(time: string): Promise<void> {
    if (time < this.time) throw new RangeError(`the clock stands at ${this.time} and cannot go back to ${time}`);
    this.time = time;
    this.sequence += 1;
    this.advancedAt = Date.now();
    await this.options.upstream.advanceClock(time, this.sequence);
    await this.settle();
  }

  /** Waits until everything published is settled by everybody who reads it. */
  async settle(): Promise<void> {
    const { timeoutMs, lookAgainMs = 2_000 } = this.options;
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      if (this.failure !== undefined) throw this.failure;
      const { settlement } = this.options;
      if (settlement.isSettled(this.sequence)) return;
      const left = deadline - Date.now();
      if (left <= 0) {
        const outstanding = settlement.outstanding(this.sequence).slice(0, 10);
        throw new Error(`not settled at ${this.time}: ${outstanding.join('; ')}`);
      }
      if (!(await this.nextAnswer(Math.min(left, lookAgainMs)))) await this.lookAgain();
    }
  }

  /** The log may lose the last answers when it fails; the services have said them again, perhaps where we had read already. */
  private async lookAgain(): Promise<void> {
    const { driver, settlement } = this.options;
    const from = { time: new Date(this.advancedAt - CLOCKS_APART_MS).toISOString() };
    for await (const { data } of readEvents(driver, clockReached, { from })) settlement.record(data);
  }

  /** @returns false when none came in time */
  private nextAnswer(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  private async listen(): Promise<void> {
    const { driver, settlement } = this.options;
    const options = { follow: true, signal: this.stopping.signal };
    for await (const { data } of readEvents(driver, clockReached, options)) {
      settlement.record(data);
      this.wake();
    }
  }
}
