import type { Actor } from '@risk-budget/contracts';
import { NotFoundError } from '@risk-budget/contracts';
import type { PortfolioScope } from './portfolio-scope.js';

/** What a token may hold; `riskManager`, `approver` and `operator` may also do what a `viewer` may. */
export const roles = ['viewer', 'riskManager', 'approver', 'operator'] as const;
export type Role = (typeof roles)[number];

/** Who makes a request: taken from a verified token, and good for that request only. */
export class Principal {
  constructor(
    readonly subject: string,
    readonly issuer: string,
    readonly name: string,
    readonly roles: ReadonlySet<Role>,
    /** Which portfolios this principal may see. */
    readonly portfolios: PortfolioScope,
  ) {}

  /** Whether the principal has a role, by itself or because another role implies it. */
  has(role: Role): boolean {
    return this.roles.has(role) || (role === 'viewer' && this.roles.size > 0);
  }

  mayRead(portfolioId: string): boolean {
    return this.portfolios.includes(portfolioId);
  }

  /** The principal as events, audit entries and proposals name it. */
  get actor(): Actor {
    return { subject: this.subject, issuer: this.issuer, name: this.name };
  }

  /** Whether two names are the same person: issuer and subject decide, for the second pair of eyes. */
  isSameAs(other: { readonly subject: string; readonly issuer: string }): boolean {
    return this.subject === other.subject && this.issuer === other.issuer;
  }
}

/** @throws NotFoundError for a portfolio that the principal may not see, exactly as for one that does not exist */
export function assertPortfolio(principal: Principal, portfolioId: string): void {
  if (!principal.mayRead(portfolioId)) throw new NotFoundError('portfolio', portfolioId);
}
