import { Injectable } from '@nestjs/common';
import type { ForecastSubject } from '@risk-budget/contracts';
import { Persistence } from '@risk-budget/persistence';
import type { Principal } from '@risk-budget/service-kit';
import { ForecastingError } from '../errors.js';
import { PortfolioAccess } from '../portfolio-access.js';

/** Whether there is what a request asks about, and whether it may: lists of what nobody knows are not empty but 404. */
@Injectable()
export class SubjectAccess {
  constructor(
    private readonly persistence: Persistence,
    private readonly portfolios: PortfolioAccess,
  ) {}

  /**
   * A portfolio is known when it was described; markets, factors and instruments, which are for everybody, when they were forecast.
   *
   * @throws NotFoundError for a portfolio that nobody has described, or that the principal may not see
   * @throws ForecastingError `FORECASTING.UNKNOWN_SUBJECT`
   */
  async require(principal: Principal, { kind, subjectId }: ForecastSubject): Promise<void> {
    if (kind === 'portfolio') return this.portfolios.require(principal, subjectId);
    const found = await this.persistence.query('SELECT FROM forecast WHERE kind = $1 AND subject_id = $2 LIMIT 1', [
      kind,
      subjectId,
    ]);
    if (found.length === 0) throw unknown(kind, subjectId);
  }

  /** @throws ForecastingError `FORECASTING.UNKNOWN_SUBJECT` for a set whose correlations were never forecast */
  async requireSet(setId: string): Promise<void> {
    const found = await this.persistence.query('SELECT FROM correlation_forecast WHERE set_id = $1 LIMIT 1', [setId]);
    if (found.length === 0) throw unknown('set', setId);
  }
}

function unknown(kind: string, id: string): ForecastingError {
  return new ForecastingError('FORECASTING.UNKNOWN_SUBJECT', `The ${kind} '${id}' was never forecast.`);
}
