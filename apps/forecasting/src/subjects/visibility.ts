import type { ForecastSubject } from '@risk-budget/contracts';
import { assertPortfolio, type Principal } from '@risk-budget/service-kit';

/** Markets, factors and instruments are for everybody. @throws NotFoundError for a portfolio that the principal may not see */
export function assertSubject(principal: Principal, { kind, subjectId }: ForecastSubject): void {
  if (kind === 'portfolio') assertPortfolio(principal, subjectId);
}
