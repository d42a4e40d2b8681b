import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor } from '@risk-budget/contracts';

/** What events written during a request or while handling an event inherit. */
export interface EventContext {
  correlationId: string;
  causationId?: string;
  actor?: Actor;
  /** W3C trace context of what is being handled, when no span is active. */
  traceparent?: string;
}

const storage = new AsyncLocalStorage<EventContext>();

/** Runs `work` so that every event written in it carries this correlation, causation and actor unless it names its own. */
export function withEventContext<T>(context: EventContext, work: () => T): T {
  return storage.run(context, work);
}

export function currentEventContext(): EventContext | undefined {
  return storage.getStore();
}
