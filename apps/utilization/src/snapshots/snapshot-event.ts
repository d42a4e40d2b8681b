import type { UtilizationSnapshot } from '@risk-budget/contracts';
import type { MarketDataChange, MarketDataChangeKind, StoredTick } from '@risk-budget/market-data';

/** A tick after which a snapshot is taken. */
export type TickEvent = SnapshotEvent & Required<Pick<SnapshotEvent, 'tick'>>;

/** The event after which a snapshot is taken. */
export interface SnapshotEvent {
  readonly cause: UtilizationSnapshot['cause'];
  readonly causeId: string;
  readonly occurredAt: string;
  readonly correlationId: string;
  /** A new price within the day. Such events may be conflated; any other is told at once and in full. */
  readonly tick?: StoredTick;
  /** A new description of the portfolio alone makes no snapshot of one that had none. */
  readonly onlyDescribes?: boolean;
}

/** What each kind of change is called as the cause of a snapshot. Of a portfolio's description, its benchmark is what figures rest on. */
const causes: Readonly<Record<MarketDataChangeKind, UtilizationSnapshot['cause']>> = {
  portfolio: 'benchmark',
  instrument: 'instrument',
  benchmark: 'benchmark',
  price: 'price',
  tick: 'price',
  rate: 'rate',
  corporateAction: 'corporateAction',
  position: 'position',
  riskModel: 'model',
  budgetPlan: 'budget',
};

export function snapshotEventOf(change: MarketDataChange): SnapshotEvent {
  return {
    cause: causes[change.kind],
    causeId: change.eventId,
    occurredAt: change.occurredAt,
    correlationId: change.correlationId,
    ...(change.tick === undefined ? {} : { tick: change.tick }),
    ...(change.kind === 'portfolio' ? { onlyDescribes: true } : {}),
  };
}

export function isTick(event: SnapshotEvent): event is TickEvent {
  return event.tick !== undefined;
}

/** The least time between two snapshots of a portfolio that only ticks cause and no threshold or limit is crossed in. */
export const conflationMs = 250;

export function addMilliseconds(instant: string, milliseconds: number): string {
  return new Date(Date.parse(instant) + milliseconds).toISOString();
}

/** The later of two instants, of which the second may be missing. */
export function laterOf(instant: string, other: string | null): string {
  return other !== null && isAfter(other, instant) ? other : instant;
}

/** Whether an instant is after another, which may be missing. */
export function isAfter(instant: string, other: string | null): boolean {
  return other === null || Date.parse(instant) > Date.parse(other);
}
