import { AsyncLocalStorage } from 'node:async_hooks';
import type { Span } from '@opentelemetry/api';
import type { Tx } from '@risk-budget/persistence';

/** What a unit of work (a request, a batch of events, a timer, a job) carries with it through its asynchronous calls. */
export interface WorkContext {
  readonly correlationId: string;
  /** The span of the work; its context goes out with what the work causes. */
  readonly span?: Span;
  /** W3C trace context of the work, for what it emits. */
  readonly traceparent?: string;
  /** Set while an idempotent request runs: part of the first transaction that the request commits, and of no other. */
  firstCommit?: ((tx: Tx) => Promise<void>) | undefined;
}

const storage = new AsyncLocalStorage<WorkContext>();

/** The context of the work that is running, if any. */
export function currentContext(): WorkContext | undefined {
  return storage.getStore();
}

/** Runs `work` with a context that everything it calls can see. */
export function runInContext<T>(context: WorkContext, work: () => T): T {
  return storage.run(context, work);
}

/** Correlation id of the work that is running, if any. */
export function correlationId(): string | undefined {
  return storage.getStore()?.correlationId;
}
