import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/** Metadata key of {@link TimerHandler}. */
export const timerHandlerKey = 'risk-budget:timer-handler';

/**
 * Marks the method of a provider that fires timers of a kind: `(timer: FiredTimer<Payload>, context: TimerContext) => Promise<void>`.
 * Its writes through `context.tx` and the timer's end commit together, so that each timer fires exactly once. A kind has one handler.
 */
export const TimerHandler = (kind: string): CustomDecorator => SetMetadata(timerHandlerKey, kind);
