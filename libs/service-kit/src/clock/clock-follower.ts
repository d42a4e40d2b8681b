import type { Persistence } from '@risk-budget/persistence';
import type { Logger } from '../logging/logger.js';
import type { BusinessClock, ClockPosition } from './business-clock.js';

export interface ClockFollowerParts {
  readonly clock: BusinessClock;
  readonly persistence: Persistence;
  readonly logger: Logger;
  /** Stores a position unless a timer is due on the way there. @returns whether the way is free */
  readonly pass: (position: ClockPosition) => Promise<boolean>;
  /** Fires everything due up to an instant; resolves when nothing is due any more. */
  readonly fireDue: (until: string) => Promise<void>;
  /** Called when the clock has arrived: the answer may go out. */
  readonly onArrival: (position: ClockPosition) => Promise<void>;
}

const retryMs = 250;

/**
 * Carries a service from one position of the business clock to the next: timers due on the way fire in order, then the position is stored,
 * then the service answers. Positions are taken one after the other; one that was passed already is only answered again.
 */
export class ClockFollower {
  private tail: Promise<void> = Promise.resolve();
  private stopping = false;
  private following = 0;

  constructor(private readonly parts: ClockFollowerParts) {}

  /** Resolves when the service has arrived there, or is stopped. */
  advance(position: ClockPosition): Promise<void> {
    this.following += 1;
    this.tail = this.tail.then(() => this.follow(position)).finally(() => (this.following -= 1));
    return this.tail;
  }

  /** Whether the service is on its way to a position. */
  get underWay(): boolean {
    return this.following > 0;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.tail;
  }

  private async follow(position: ClockPosition): Promise<void> {
    const { clock, logger } = this.parts;
    while (!this.stopping) {
      try {
        if (position.sequence > clock.position.sequence) await this.arrive(position);
        await this.parts.onArrival(clock.position);
        return;
      } catch (error) {
        logger.warn('the clock cannot advance yet', { sequence: position.sequence, time: position.time, error });
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }

  private async arrive(position: ClockPosition): Promise<void> {
    const { clock, persistence, pass, fireDue } = this.parts;
    if (!(await pass(position))) {
      await fireDue(position.time);
      if (this.stopping) return;
      await clock.store(persistence, position);
    }
    clock.arrive(position);
  }
}
