import { Injectable } from '@nestjs/common';
import { executeLater, rows, type Tx } from '@risk-budget/persistence';
import { z } from 'zod';
import { reservation, type Reservation } from './pre-trade.schemas.js';

const selection = `reservation_id AS "reservationId", check_id AS "checkId", portfolio_id AS "portfolioId", state, trades,
  created_at AS "createdAt", expires_at AS "expiresAt", closed_at AS "closedAt", revision`;

/** SQL over reservations. */
@Injectable()
export class ReservationsRepository {
  async insert(tx: Tx, one: Reservation): Promise<void> {
    await executeLater(
      tx,
      `INSERT INTO reservation (reservation_id, check_id, portfolio_id, state, trades, created_at, expires_at, closed_at, revision)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        one.reservationId,
        one.checkId,
        one.portfolioId,
        one.state,
        JSON.stringify(one.trades),
        one.createdAt,
        one.expiresAt,
        one.closedAt,
        one.revision,
      ],
    );
  }

  async update(tx: Tx, one: Reservation): Promise<void> {
    await executeLater(
      tx,
      'UPDATE reservation SET state = $2, trades = $3, closed_at = $4, revision = $5 WHERE reservation_id = $1',
      [one.reservationId, one.state, JSON.stringify(one.trades), one.closedAt, one.revision],
    );
  }

  async find(tx: Tx, reservationId: string): Promise<Reservation | undefined> {
    const [row] = await rows(tx, `SELECT ${selection} FROM reservation WHERE reservation_id = $1`, [reservationId]);
    return row === undefined ? undefined : reservation.parse(row);
  }

  async open(tx: Tx, portfolioId: string): Promise<Reservation[]> {
    const found = await rows(
      tx,
      `SELECT ${selection} FROM reservation WHERE portfolio_id = $1 AND state = 'open' ORDER BY ordinal`,
      [portfolioId],
    );
    return z.array(reservation).parse(found);
  }

  async list(
    tx: Tx,
    portfolioId: string,
    state: string | undefined,
    after: string | undefined,
    count: number,
  ): Promise<Reservation[]> {
    const found = await rows(
      tx,
      `SELECT ${selection} FROM reservation
       WHERE portfolio_id = $1 AND ($2::text IS NULL OR state = $2)
         AND ($3::uuid IS NULL OR ordinal < (SELECT ordinal FROM reservation WHERE reservation_id = $3))
       ORDER BY ordinal DESC LIMIT $4`,
      [portfolioId, state ?? null, after ?? null, count],
    );
    return z.array(reservation).parse(found);
  }
}
