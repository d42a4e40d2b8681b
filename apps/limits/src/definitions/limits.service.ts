import { Inject, Injectable } from '@nestjs/common';
import type { Clock, LimitProposal } from '@risk-budget/contracts';
import { Persistence, type Tx } from '@risk-budget/persistence';
import {
  assertPortfolio,
  CLOCK,
  decodeCursor,
  portfolioCondition,
  toPage,
  type IfMatchCondition,
  type Page,
  type Principal,
} from '@risk-budget/service-kit';
import { unknownLimit } from '../errors.js';
import { PortfolioLock } from '../evaluation/portfolio-lock.js';
import { idPosition } from '../rest/parameters.js';
import type { LimitHead } from './limit.types.js';
import { limitViewOf, versionView, type LimitQuery, type LimitVersionView, type LimitView } from './limit.schemas.js';
import { LimitsRepository } from './limits.repository.js';
import { OverridesRepository } from './overrides.repository.js';
import { ProposalsService } from './proposals.service.js';

/** Limits as REST shows and takes them. */
@Injectable()
export class LimitsService {
  constructor(
    private readonly persistence: Persistence,
    private readonly limits: LimitsRepository,
    private readonly overrides: OverridesRepository,
    private readonly proposals: ProposalsService,
    private readonly lock: PortfolioLock,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async propose(principal: Principal, proposal: LimitProposal): Promise<LimitView> {
    assertPortfolio(principal, proposal.portfolioId);
    return this.persistence.transaction(async (tx) => {
      await this.proposals.propose(tx, proposal, { by: principal.actor, source: 'rest' });
      return this.view(tx, proposal.limitId);
    });
  }

  async revise(principal: Principal, proposal: LimitProposal, ifMatch: IfMatchCondition): Promise<LimitView> {
    return this.persistence.transaction(async (tx) => {
      await this.current(tx, principal, proposal.limitId, ifMatch);
      assertPortfolio(principal, proposal.portfolioId);
      await this.proposals.revise(tx, proposal, { by: principal.actor, source: 'rest' });
      return this.view(tx, proposal.limitId);
    });
  }

  async retire(principal: Principal, limitId: string, reason: string): Promise<LimitView> {
    return this.persistence.transaction(async (tx) => {
      const head = await this.current(tx, principal, limitId);
      await this.proposals.retire(tx, head, reason, { by: principal.actor, source: 'rest' });
      return this.view(tx, limitId);
    });
  }

  async get(principal: Principal, limitId: string): Promise<LimitView> {
    return this.persistence.transaction(async (tx) => {
      await this.visible(tx, principal, limitId);
      return this.view(tx, limitId);
    });
  }

  async versions(principal: Principal, limitId: string): Promise<LimitVersionView[]> {
    return this.persistence.transaction(async (tx) => {
      await this.visible(tx, principal, limitId);
      return (await this.limits.versions(tx, [limitId])).map(versionView);
    });
  }

  async list(principal: Principal, query: LimitQuery): Promise<Page<LimitView>> {
    const after = decodeCursor(query.cursor, idPosition);
    const scopeParameters: unknown[] = [];
    const scope = portfolioCondition(principal.portfolios, 'h.portfolio_id', scopeParameters);
    const size = Number(query.limit);
    return this.persistence.transaction(async (tx) => {
      const { portfolioId, status, measure, severity } = query;
      const filter = { portfolioId, status, measure, severity, scope, scopeParameters, after };
      const heads = await this.limits.heads(tx, filter, size + 1);
      const views = await this.views(tx, heads);
      return toPage(
        views,
        size,
        (view) => view.limitId,
        (view) => view,
      );
    });
  }

  private async visible(tx: Tx, principal: Principal, limitId: string): Promise<LimitHead> {
    const head = await this.limits.head(tx, limitId);
    if (head === undefined || !principal.mayRead(head.portfolioId)) throw unknownLimit(limitId);
    return head;
  }

  /** The limit under its portfolio's lock, as the client has seen it. */
  private async current(tx: Tx, principal: Principal, limitId: string, ifMatch?: IfMatchCondition): Promise<LimitHead> {
    const { portfolioId } = await this.visible(tx, principal, limitId);
    await this.lock.acquire(tx, [portfolioId]);
    const head = await this.visible(tx, principal, limitId);
    ifMatch?.require(head.revision);
    return head;
  }

  private async view(tx: Tx, limitId: string): Promise<LimitView> {
    const head = await this.limits.head(tx, limitId);
    const [view] = head === undefined ? [] : await this.views(tx, [head]);
    if (view === undefined) throw unknownLimit(limitId);
    return view;
  }

  private async views(tx: Tx, heads: readonly LimitHead[]): Promise<LimitView[]> {
    const ids = heads.map((head) => head.limitId);
    const versions = await this.limits.versions(tx, ids);
    const overrides = await this.overrides.of(tx, ids);
    const now = this.clock.now();
    return heads.map((head) =>
      limitViewOf(
        head,
        versions.filter((version) => version.limitId === head.limitId),
        overrides.filter((override) => override.limitId === head.limitId),
        now,
      ),
    );
  }
}
