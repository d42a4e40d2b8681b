import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { unsupported } from '../errors.js';
import type { BatchHandler } from '../handlers.js';
import type { Messaging } from '../messaging.js';
import { handlerOptions } from './handler-options.js';

/**
 * Messaging as a Nest transport. Handlers are methods with `@EventPattern('<topic>')`, called as
 * `(events: ReceivedEvent[], batch: BatchContext)`; those of one topic run one after the other in one transaction, and
 * only their own outcome settles the batch. Starts with `listen`, stops in order with `close`.
 */
export class MessagingServer extends Server implements CustomTransportStrategy {
  constructor(private readonly messaging: Messaging) {
    super();
  }

  /** Several handlers of a topic are kept side by side: chained by Nest they would run at once on one connection. */
  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const topic = String(pattern);
    if (!isEventHandler) throw unsupported(`"${topic}": services answer events only; use @EventPattern`);
    callback.isEventHandler = true;
    callback.extras = extras;
    this.messageHandlers.set(topic, callback);
    this.messaging.on(topic, toBatchHandler(callback), handlerOptions(topic, extras));
  }

  listen(callback: (error?: unknown) => void): void {
    this.messaging.start().then(
      () => callback(),
      (error: unknown) => callback(error),
    );
  }

  close(): Promise<void> {
    return this.messaging.stop();
  }

  /** Messaging has no events of its own; see `Messaging.health`. */
  on(): void {
    throw unsupported('the messaging transport has no events');
  }

  unwrap<T>(): T {
    return this.messaging.driver as T;
  }
}

/** Awaits what the handler itself does, whatever Nest wraps it in. */
function toBatchHandler(callback: MessageHandler): BatchHandler {
  return async (events, batch) => {
    const result: unknown = await callback(events, batch);
    if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  };
}
