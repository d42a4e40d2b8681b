import { Inject, Injectable } from '@nestjs/common';
import type { Clock, Instant, PositionChanges } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import {
  AuditService,
  CLOCK,
  decodeCursor,
  TimerHandler,
  TimerService,
  toPage,
  type FiredTimer,
  type Page,
  type Principal,
  type TimerContext,
} from '@risk-budget/service-kit';
import { reservationNotOpen, unknownReservation } from '../errors.js';
import { PortfolioLock } from '../evaluation/portfolio-lock.js';
import { thisService, type Person } from '../person.js';
import { eventPosition } from '../rest/parameters.js';
import { PortfolioAccess } from '../rest/portfolio-access.js';
import type { PreTradeCheck, Reservation, ReservationQuery } from './pre-trade.schemas.js';
import { ReservationsRepository } from './reservations.repository.js';
import { useUp } from './use-up.js';

const expiry = 'limits.reservation-expiry';

interface ExpiryTimer {
  readonly reservationId: string;
  readonly portfolioId: string;
}

/** Headroom held for orders that are on their way: released by hand, used up by executions that name it, or expired. */
@Injectable()
export class ReservationsService {
  constructor(
    private readonly persistence: Persistence,
    private readonly access: PortfolioAccess,
    private readonly reservations: ReservationsRepository,
    private readonly lock: PortfolioLock,
    private readonly timers: TimerService,
    private readonly audit: AuditService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Holds the trades of a check, which names the reservation already, for some minutes. */
  async reserve(tx: Tx, check: PreTradeCheck, reservationId: string, minutes: number): Promise<void> {
    const one: Reservation = {
      reservationId,
      checkId: check.checkId,
      portfolioId: check.portfolioId,
      state: 'open',
      trades: check.trades,
      createdAt: check.at,
      expiresAt: new Date(Date.parse(check.at) + minutes * 60_000).toISOString(),
      closedAt: null,
      revision: 1,
    };
    await this.reservations.insert(tx, one);
    const payload: ExpiryTimer = { reservationId: one.reservationId, portfolioId: one.portfolioId };
    await this.timers.schedule(tx, { kind: expiry, key: one.reservationId, dueAt: one.expiresAt, payload });
    await this.record(tx, one, check.requestedBy, 'reservation.opened', one.createdAt);
  }

  async open(tx: Tx, portfolioId: string): Promise<Reservation[]> {
    return this.reservations.open(tx, portfolioId);
  }

  async list(principal: Principal, portfolioId: string, query: ReservationQuery): Promise<Page<Reservation>> {
    const after = decodeCursor(query.cursor, eventPosition);
    const size = Number(query.limit);
    const found = await this.persistence.transaction(async (tx) => {
      await this.access.require(tx, principal, portfolioId);
      return this.reservations.list(tx, portfolioId, query.state, after, size + 1);
    });
    return toPage(
      found,
      size,
      (one) => one.reservationId,
      (one) => one,
    );
  }

  /** Gives the headroom back. @throws ConflictError `LIMITS.RESERVATION_NOT_OPEN` */
  async release(principal: Principal, portfolioId: string, reservationId: string): Promise<Reservation> {
    return this.persistence.transaction(async (tx) => {
      await this.access.require(tx, principal, portfolioId);
      await this.lock.acquire(tx, [portfolioId]);
      const one = await this.reservations.find(tx, reservationId);
      if (one === undefined || one.portfolioId !== portfolioId) throw unknownReservation(reservationId);
      if (one.state !== 'open') throw reservationNotOpen(reservationId, one.state);
      await this.timers.cancel(tx, expiry, reservationId);
      return this.close(tx, one, 'released', this.clock.now(), principal.actor);
    });
  }

  /** Takes executed trades off the reservations that they name. */
  async execute(tx: Tx, changes: PositionChanges, at: Instant): Promise<void> {
    const named = changes.changes.filter((change) => change.reservationId !== undefined);
    if (named.length === 0) return;
    await this.lock.acquire(tx, [changes.portfolioId]);
    for (const reservationId of new Set(named.flatMap((change) => change.reservationId ?? []))) {
      const one = await this.reservations.find(tx, reservationId);
      if (one === undefined || one.portfolioId !== changes.portfolioId || one.state !== 'open') continue;
      const trades = useUp(
        one.trades,
        named.filter((change) => change.reservationId === reservationId),
      );
      if (trades.length > 0) {
        await this.reservations.update(tx, { ...one, trades, revision: one.revision + 1 });
      } else {
        await this.timers.cancel(tx, expiry, reservationId);
        await this.close(tx, { ...one, trades }, 'used', at, thisService);
      }
    }
  }

  @TimerHandler(expiry)
  async onExpiry(timer: FiredTimer<ExpiryTimer>, { tx }: TimerContext): Promise<void> {
    const { reservationId, portfolioId } = timer.payload;
    await this.lock.acquire(tx, [portfolioId]);
    const one = await this.reservations.find(tx, reservationId);
    if (one?.state === 'open') await this.close(tx, one, 'expired', timer.dueAt, thisService);
  }

  private async close(
    tx: Tx,
    one: Reservation,
    state: 'used' | 'released' | 'expired',
    at: Instant,
    by: Person,
  ): Promise<Reservation> {
    const closed: Reservation = { ...one, state, closedAt: at, revision: one.revision + 1 };
    await this.reservations.update(tx, closed);
    await this.record(tx, closed, by, `reservation.${state}`, at);
    return closed;
  }

  private async record(tx: Tx, one: Reservation, actor: Person, action: string, occurredAt: Instant): Promise<void> {
    const { portfolioId, reservationId, checkId, trades, expiresAt } = one;
    const data = { checkId, trades, expiresAt };
    await this.audit.append(tx, { chain: portfolioId, actor, action, subject: reservationId, data, occurredAt });
  }
}
