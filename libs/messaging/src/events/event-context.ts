import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor } from '@risk-budget/contracts';
import type { ReceivedEvent } from './received-event.js';

/** What events written during a request or while handling an event inherit. */
export interface EventContext {
  correlationId: string;
  causationId?: string;
  actor?: Actor;
  /** W3C trace context of what is being handled. */
  traceparent?: string;
  /** While a batch is handled. */
  batch?: BatchCauses;
}

/** What is inherited from a single event of a batch. */
export interface BatchCauses {
  of(event: ReceivedEvent): EventContext;
  /** By an event with this key: it follows from that of its own key, if there is one. */
  forKey(key: string): EventContext;
}

const storage = new AsyncLocalStorage<EventContext>();

/** Runs `work` so that every event written in it carries this correlation, causation and actor unless it names its own. */
export function withEventContext<T>(context: EventContext, work: () => T): T {
  return storage.run(context, work);
}

/** Runs a part of a batch's handling so that every event written in it names this event of the batch as its cause. */
export function causedBy<T>(event: ReceivedEvent, work: () => T): T {
  const { id, correlationId, traceparent } = event;
  const alone = { correlationId, causationId: id, ...(traceparent === undefined ? {} : { traceparent }) };
  return storage.run(storage.getStore()?.batch?.of(event) ?? alone, work);
}

/** @param key of an event about to be written */
export function currentEventContext(key?: string): EventContext | undefined {
  const context = storage.getStore();
  return key === undefined ? context : (context?.batch?.forKey(key) ?? context);
}
