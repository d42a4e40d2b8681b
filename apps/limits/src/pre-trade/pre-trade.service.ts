import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Clock, Instant } from '@risk-budget/contracts';
import { type Figures, type PortfolioInputs } from '@risk-budget/market-data';
import { Persistence, type Tx } from '@risk-budget/persistence';
import {
  AuditService,
  CLOCK,
  decodeCursor,
  Metrics,
  toPage,
  type Page,
  type Principal,
} from '@risk-budget/service-kit';
import { versionAt } from '../definitions/limit-record.js';
import type { LimitOverride, LimitVersion } from '../definitions/limit.types.js';
import { LimitsRepository } from '../definitions/limits.repository.js';
import { OverridesRepository } from '../definitions/overrides.repository.js';
import { unknownPreTradeCheck } from '../errors.js';
import { PortfolioLock } from '../evaluation/portfolio-lock.js';
import { eventPosition } from '../rest/parameters.js';
import { PortfolioAccess } from '../rest/portfolio-access.js';
import { decide, takesHeadroom, worstOf, type Decision } from './decide.js';
import { legsOf, scenariosOf } from './open-orders.js';
import { PortfolioFigures, type CurrentPortfolio } from './portfolio-figures.js';
import type {
  CheckLineage,
  CheckQuery,
  PreTradeBody,
  PreTradeCheck,
  ProposedTrade,
  Reservation,
} from './pre-trade.schemas.js';
import { PreTradeRepository } from './pre-trade.repository.js';
import { ReservationsService } from './reservations.service.js';

/** What trades are held against. */
interface LimitsInForce {
  readonly versions: readonly LimitVersion[];
  readonly overrides: readonly LimitOverride[];
}

/** Says beforehand what trades would do to the limits, and keeps what it said. */
@Injectable()
export class PreTradeService {
  private readonly results;
  private readonly seconds;

  constructor(
    private readonly persistence: Persistence,
    private readonly access: PortfolioAccess,
    private readonly figures: PortfolioFigures,
    private readonly limits: LimitsRepository,
    private readonly overrides: OverridesRepository,
    private readonly checks: PreTradeRepository,
    private readonly reservations: ReservationsService,
    private readonly lock: PortfolioLock,
    private readonly audit: AuditService,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.results = metrics.counter('risk_budget_limits_pre_trade_checks_total', 'Pre-trade checks by result', [
      'result',
    ]);
    this.seconds = metrics.histogram('risk_budget_limits_pre_trade_seconds', 'One pre-trade check, without HTTP');
  }

  /**
   * Checks trades at the marks of now, beside what is reserved. Checks of a portfolio follow one after the other, so that two of them
   * never count on the same headroom.
   *
   * @throws CodedError `LIMITS.UNKNOWN_PORTFOLIO`, `LIMITS.NOT_COMPUTABLE`, `MARKET_DATA.…`
   */
  async check(principal: Principal, portfolioId: string, body: PreTradeBody): Promise<PreTradeCheck> {
    const stopTimer = this.seconds.startTimer();
    const check = await this.persistence.transaction(async (tx) => {
      await this.access.require(tx, principal, portfolioId);
      await this.lock.acquire(tx, [portfolioId]);
      const at = this.clock.now();
      const current = await this.figures.current(tx, portfolioId, at);
      const reserved = await this.reservations.open(tx, portfolioId);
      const after = await this.figures.withTrades(tx, current.inputs, body.trades);
      const inForce = await this.inForce(tx, portfolioId, at);
      const orders = reserved.flatMap((one) => one.trades);
      const decision = await this.decision(tx, inForce, { current, orders, trades: body.trades, at });
      const wantsReservation = body.reserveForMinutes !== undefined && decision.result !== 'hard';
      const made: PreTradeCheck = {
        checkId: randomUUID(),
        portfolioId,
        at,
        requestedBy: principal.actor,
        result: decision.result,
        trades: body.trades,
        limits: [...decision.limits],
        lineage: lineageOf(current, after, reserved, body, at),
        reservationId: wantsReservation ? randomUUID() : null,
      };
      await this.keep(tx, made, body.reserveForMinutes);
      return made;
    });
    stopTimer();
    this.results.inc({ result: check.result });
    return check;
  }

  async get(principal: Principal, portfolioId: string, checkId: string): Promise<PreTradeCheck> {
    const check = await this.persistence.transaction(async (tx) => {
      await this.access.require(tx, principal, portfolioId);
      return this.checks.find(tx, portfolioId, checkId);
    });
    if (check === undefined) throw unknownPreTradeCheck(checkId);
    return check;
  }

  async list(principal: Principal, portfolioId: string, query: CheckQuery): Promise<Page<PreTradeCheck>> {
    const after = decodeCursor(query.cursor, eventPosition);
    const size = Number(query.limit);
    const { result, from, to } = query;
    const found = await this.persistence.transaction(async (tx) => {
      await this.access.require(tx, principal, portfolioId);
      return this.checks.list(tx, { portfolioId, result, from, to }, after, size + 1);
    });
    return toPage(
      found,
      size,
      (check) => check.checkId,
      (check) => check,
    );
  }

  private async inForce(tx: Tx, portfolioId: string, at: Instant): Promise<LimitsInForce> {
    const versions = await this.limits.active(tx, [portfolioId]);
    const limitIds = [...new Set(versions.map((version) => version.limitId))];
    const ofLimit = (limitId: string) => versions.filter((version) => version.limitId === limitId);
    return {
      versions: limitIds.flatMap((limitId) => versionAt(ofLimit(limitId), at) ?? []),
      overrides: await this.overrides.inForce(tx, [portfolioId], at),
    };
  }

  /**
   * Nobody knows which orders under way will be executed before these trades. So each limit is held against the trades with none of them,
   * with all, and with those alone that take headroom from it: what an order would free is not there until it is executed.
   */
  private async decision(
    tx: Tx,
    { versions, overrides }: LimitsInForce,
    what: {
      readonly current: CurrentPortfolio;
      readonly orders: readonly ProposedTrade[];
      readonly trades: readonly ProposedTrade[];
      readonly at: Instant;
    },
  ): Promise<Decision> {
    const { current, orders, trades, at } = what;
    const legs = legsOf(orders);
    const figuresWith = async (done: readonly ProposedTrade[]): Promise<Figures> =>
      this.figures.figures(await this.figures.withTrades(tx, current.inputs, done), current.plan);
    const now = await figuresWith([]);
    const alone: Figures[] = [];
    for (const leg of legs) alone.push(await figuresWith(leg));
    const takes = (version: LimitVersion, leg: number): boolean => {
      const after = alone[leg];
      return after !== undefined && takesHeadroom(version, { before: now, after });
    };
    const decisions: Decision[] = [];
    for (const { done, concerned } of scenariosOf(versions, legs, takes)) {
      const figures = {
        before: done.length === 0 ? now : await figuresWith(done),
        after: await figuresWith([...done, ...trades]),
      };
      decisions.push(decide(concerned, overrides, figures, at));
    }
    return worstOf(decisions);
  }

  private async keep(tx: Tx, check: PreTradeCheck, minutes: number | undefined): Promise<void> {
    await this.checks.insert(tx, check);
    if (check.reservationId !== null && minutes !== undefined) {
      await this.reservations.reserve(tx, check, check.reservationId, minutes);
    }
    if (check.result !== 'hard') return;
    const { portfolioId, requestedBy, checkId, trades, limits, lineage } = check;
    const { marks: _, ...origin } = lineage;
    await this.audit.append(tx, {
      chain: portfolioId,
      actor: requestedBy,
      action: 'preTrade.refused',
      subject: checkId,
      data: { trades, limits: limits.filter((limit) => limit.worsens), lineage: origin },
    });
  }
}

function lineageOf(
  { inputs, plan }: CurrentPortfolio,
  after: PortfolioInputs,
  reserved: readonly Reservation[],
  body: PreTradeBody,
  at: Instant,
): CheckLineage {
  const traded = new Set(body.trades.map((trade) => trade.instrumentId));
  return {
    knownAt: at,
    nav: after.nav,
    positionSequence: inputs.positionSequence,
    priceTime: after.priceTime,
    modelId: inputs.model.modelId,
    policyId: inputs.policy.policyId,
    policyVersion: inputs.policy.version,
    planId: plan?.planId ?? null,
    planVersion: plan?.version ?? null,
    reservations: reserved.map((one) => one.reservationId),
    marks: [...inputs.marks, ...after.marks]
      .filter((mark, index, all) => all.findIndex((one) => one.instrumentId === mark.instrumentId) === index)
      .filter((mark) => traded.has(mark.instrumentId))
      .map((mark) => ({ ...mark })),
  };
}
