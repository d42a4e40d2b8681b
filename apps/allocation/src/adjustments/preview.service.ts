import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@risk-budget/contracts';
import { AlignedReturnsService, PortfolioStore } from '@risk-budget/market-data';
import { CLOCK } from '@risk-budget/service-kit';
import { AllocationError, asAllocationError } from '../errors.js';
import { LONGEST_PREVIEW_DAYS, type Preview, type PreviewBody } from './adjustment.schemas.js';
import { previewPolicy } from './preview.js';

const DAY_MS = 86_400_000;
const TRADING_DAYS_A_WEEK = 5;

/** Tries dynamic rules on the prices that this service keeps. */
@Injectable()
export class PreviewService {
  constructor(
    private readonly returns: AlignedReturnsService,
    private readonly portfolios: PortfolioStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws AllocationError `PREVIEW_TOO_LONG`, `NOT_SOLVED`; MarketDataError `NO_HISTORY` */
  async preview(
    portfolioId: string,
    { rules, instrumentId, from, to, fitDays, refitDays }: PreviewBody,
  ): Promise<Preview> {
    const weekdays = Math.ceil(((Date.parse(to) - Date.parse(from)) / DAY_MS / 7) * TRADING_DAYS_A_WEEK) + 1;
    if (weekdays > LONGEST_PREVIEW_DAYS) {
      throw new AllocationError('ALLOCATION.PREVIEW_TOO_LONG', 'The preview spans too many days.', [
        {
          field: 'to',
          problem: `is about ${weekdays} trading days after from`,
          allowed: `at most ${LONGEST_PREVIEW_DAYS}`,
        },
      ]);
    }
    const now = this.clock.now();
    const portfolio = await this.portfolios.get(portfolioId, now);
    const aligned = await this.returns.load({
      instrumentIds: [instrumentId],
      baseCurrency: portfolio.baseCurrency,
      end: `${to}T23:59:59.999Z`,
      knownAt: now,
      days: weekdays + fitDays,
      minimumHistory: 2,
    });
    const start = aligned.dates.findIndex((date) => date >= from);
    if (aligned.instrumentIds.length === 0 || start < 0) {
      throw new AllocationError(
        'ALLOCATION.NOT_SOLVED',
        `No returns of '${instrumentId}' from ${from} to ${to} are known.`,
        [{ field: 'instrumentId', problem: 'has no prices in the window' }],
      );
    }
    try {
      const walked = previewPolicy({ rules, dates: aligned.dates, returns: aligned.values, start, fitDays, refitDays });
      return { instrumentId, from, to, ...walked };
    } catch (error) {
      throw asAllocationError(error);
    }
  }
}
