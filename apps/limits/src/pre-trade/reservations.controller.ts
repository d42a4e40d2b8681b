import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems, CurrentPrincipal, pageOf, Principal, Returns, Roles, type Page } from '@risk-budget/service-kit';
import {
  portfolioParameters,
  reservationParameters,
  type PortfolioParameters,
  type ReservationParameters,
} from '../rest/parameters.js';
import { reservation, reservationQuery, type Reservation, type ReservationQuery } from './pre-trade.schemas.js';
import { ReservationsService } from './reservations.service.js';

@ApiTags('pre-trade')
@Controller('v1/portfolios/:portfolioId/reservations')
export class ReservationsController {
  constructor(private readonly reservations: ReservationsService) {}

  /** Headroom held for orders, newest first. A passed check makes a reservation when asked to. */
  @Get()
  @Roles('viewer')
  @Returns(pageOf(reservation), { description: 'Reservations, newest first' })
  @ApiProblems({ 404: ['NOT_FOUND', 'LIMITS.UNKNOWN_PORTFOLIO'] })
  list(
    @Param({ schema: portfolioParameters }) { portfolioId }: PortfolioParameters,
    @Query({ schema: reservationQuery }) query: ReservationQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<Reservation>> {
    return this.reservations.list(principal, portfolioId, query);
  }

  /** Gives the headroom back: the order is not coming. */
  @Post(':reservationId/release')
  @HttpCode(200)
  @Roles('riskManager')
  @Returns(reservation, { description: 'The reservation, released' })
  @ApiProblems({
    404: ['NOT_FOUND', 'LIMITS.UNKNOWN_PORTFOLIO', 'LIMITS.UNKNOWN_RESERVATION'],
    409: ['LIMITS.RESERVATION_NOT_OPEN'],
  })
  release(
    @Param({ schema: reservationParameters }) { portfolioId, reservationId }: ReservationParameters,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Reservation> {
    return this.reservations.release(principal, portfolioId, reservationId);
  }
}
