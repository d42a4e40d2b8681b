import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/** Metadata key of {@link TimerHandler}. */
export const timerHandlerKey = 'risk-budget:timer-handler';

/**
 * Marks the method of a provider that fires timers of a kind: `(timer: FiredTimer<Payload>, context: TimerContext) => Promise<void>`.
 * Its writes through `context.tx` and the timer's end commit together, so that each timer fires exactly once. A kind has one handler.
 */
export const TimerHandler = (kind: string): CustomDecorator => SetMetadata(timerHandlerKey, kind);

/** Metadata key of {@link TimerLock}. */
export const timerLockKey = 'risk-budget:timer-lock';

/**
 * Marks the method of a provider that takes the locks under which a service sets and cancels its timers:
 * `(timer: Pick<FiredTimer, 'kind' | 'key' | 'payload'>, tx: Tx) => Promise<void>`. It is called in the transaction that fires a timer, before
 * that is ended there: whoever holds the locks and moves the timer would else wait for the one that fires, which waits for the locks. A
 * service has one.
 */
export const TimerLock = (): CustomDecorator => SetMetadata(timerLockKey, true);
