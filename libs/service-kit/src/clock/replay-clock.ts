import { clockAdvanced, clockReached, envelope, topicPath, topics } from '@risk-budget/contracts';
import type { Messaging } from '@risk-budget/messaging';
import type { Persistence } from '@risk-budget/persistence';
import type { Logger } from '../logging/logger.js';
import type { BusinessClock, ClockPosition } from './business-clock.js';
import { ClockFollower } from './clock-follower.js';
import { ClockReporter } from './clock-reporter.js';

export interface ReplayClockParts {
  readonly service: string;
  readonly instance: string;
  readonly clock: BusinessClock;
  readonly persistence: Persistence;
  readonly messaging: Messaging;
  readonly logger: Logger;
  readonly timerKinds: readonly string[];
  readonly fireDue: (until: string) => Promise<void>;
  /** Part of every arrival, before the answer. */
  readonly onArrival: (now: string) => Promise<void>;
}

/** Connects a service's business clock to the bus: follows `upstream/clock.advanced`, answers with `platform.clock-reached`. */
export class ReplayClock {
  private readonly follower: ClockFollower;
  private readonly reporter: ClockReporter;

  constructor(private readonly parts: ReplayClockParts) {
    const { service, instance, clock, persistence, messaging, logger } = parts;
    this.reporter = new ClockReporter({
      service,
      instance,
      progress: messaging.progress,
      position: () => clock.position,
      underWay: () => this.follower.underWay,
      publish: async (data) =>
        void (await messaging.client.emitEvent(clockReached, { occurredAt: data.clockTime, data })),
      logger,
    });
    this.follower = new ClockFollower({
      clock,
      persistence,
      logger,
      pass: (position) => this.pass(position),
      fireDue: parts.fireDue,
      onArrival: async (position) => {
        await parts.onArrival(position.time);
        this.reporter.arrived();
      },
    });
  }

  /** Before messaging starts: every instance hears of every advance. */
  subscribe(): void {
    this.parts.messaging.on(
      topics.clock.name,
      async (events) => {
        for (const event of events) await this.follower.advance(clockAdvanced.schema.parse(event.data));
      },
      { fanOut: true },
    );
  }

  /** After messaging has started: catches up with the last advance, which may have come while this service was away. */
  async start(): Promise<void> {
    const { messaging, clock } = this.parts;
    this.reporter.start();
    const last = await messaging.driver.last(topicPath(topics.clock), 'clock');
    const known = last === undefined ? undefined : envelope.safeParse(JSON.parse(last.payload)).data;
    const advance = known === undefined ? undefined : clockAdvanced.schema.safeParse(known.data).data;
    if (advance !== undefined) void this.follower.advance(advance);
    else if (clock.position.sequence > 0) this.reporter.arrived();
  }

  /** Where the way is free the answer goes with what was read on it. */
  private async pass(position: ClockPosition): Promise<boolean> {
    const { clock, persistence, timerKinds } = this.parts;
    const { growths } = this.reporter;
    const progress = await clock.pass(persistence, position, timerKinds);
    if (progress !== undefined) this.reporter.know(progress, growths);
    return progress !== undefined;
  }

  async stop(): Promise<void> {
    await this.follower.stop();
    await this.reporter.stop();
  }
}
