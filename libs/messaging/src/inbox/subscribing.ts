import type { MessagingDriver, SubscribeOptions, Subscription } from '../driver/driver.js';
import { Backoff, pause, type Signal } from '../util/signal.js';
import type { MessagingLog } from '../metrics.js';
import { isInfrastructureError, recordFailure } from './failure.js';

export interface Subscribing {
  driver: MessagingDriver;
  request: SubscribeOptions;
  /** Raised when `stopping` may have changed. */
  signal: Signal;
  stopping(): boolean;
  log: MessagingLog;
}

/**
 * Subscribes, and waits with growing pauses while the log is away or refuses: a service may start before its broker. The request's
 * `onTrouble` is told why it waits, and that it no longer does.
 *
 * @returns undefined when we stop before
 * @throws what is not the infrastructure's doing, such as a missing native client
 */
export async function whenSubscribed(subscribing: Subscribing): Promise<Subscription | undefined> {
  const { driver, request, signal, stopping, log } = subscribing;
  const backoff = new Backoff();
  let told = false;
  while (!stopping()) {
    try {
      const subscription = await driver.subscribe(request);
      request.onTrouble?.(undefined);
      return subscription;
    } catch (error) {
      if (!isInfrastructureError(error)) throw error;
      request.onTrouble?.(error);
      if (!told) log.warn('consumer waits for the log', { topic: request.topic, error: recordFailure(error, 0).text });
      told = true;
      await pause(signal, backoff.next(), stopping);
    }
  }
  return undefined;
}
