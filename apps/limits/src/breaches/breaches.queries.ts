import { Injectable } from '@nestjs/common';
import { Persistence } from '@risk-budget/persistence';
import { decodeCursor, portfolioCondition, toPage, type Page, type Principal } from '@risk-budget/service-kit';
import { ExplanationsRepository } from '../explanations/explanations.repository.js';
import { unknownBreach } from '../errors.js';
import { eventPosition } from '../rest/parameters.js';
import {
  breachViewOf,
  breachWithHistoryOf,
  type BreachQuery,
  type BreachView,
  type BreachWithHistory,
} from './breach.schemas.js';
import { BreachesRepository } from './breaches.repository.js';

/** Reads of breaches. */
@Injectable()
export class BreachesQueries {
  constructor(
    private readonly persistence: Persistence,
    private readonly breaches: BreachesRepository,
    private readonly explanations: ExplanationsRepository,
  ) {}

  async list(principal: Principal, query: BreachQuery): Promise<Page<BreachView>> {
    const after = decodeCursor(query.cursor, eventPosition);
    const scopeParameters: unknown[] = [];
    const scope = portfolioCondition(principal.portfolios, 'portfolio_id', scopeParameters);
    const size = Number(query.limit);
    const { portfolioId, limitId, state, severity, resolved, from, to } = query;
    const filter = {
      portfolioId,
      limitId,
      state,
      severity,
      resolved,
      openedFrom: from,
      openedTo: to,
      scope,
      scopeParameters,
    };
    const found = await this.persistence.transaction((tx) => this.breaches.list(tx, filter, after, size + 1));
    return toPage(found, size, (breach) => breach.breachId, breachViewOf);
  }

  /** @throws NotFoundError `LIMITS.UNKNOWN_BREACH` */
  async get(principal: Principal, breachId: string): Promise<BreachWithHistory> {
    return this.persistence.transaction(async (tx) => {
      const breach = await this.breaches.find(tx, breachId);
      if (breach === undefined || !principal.mayRead(breach.portfolioId)) throw unknownBreach(breachId);
      const explained = (await this.explanations.of(tx, breachId)).map(({ transition, at, document }) => ({
        ...{ transition, at, explanation: document },
      }));
      return breachWithHistoryOf(breach, await this.breaches.history(tx, breachId), explained);
    });
  }
}
