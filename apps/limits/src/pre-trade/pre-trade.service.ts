import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Clock, Instant } from '@risk-budget/contracts';
import { PortfolioStore, type PortfolioInputs } from '@risk-budget/market-data';
import { Persistence, type Tx } from '@risk-budget/persistence';
import {
  assertPortfolio,
  AuditService,
  CLOCK,
  decodeCursor,
  Metrics,
  toPage,
  type Page,
  type Principal,
} from '@risk-budget/service-kit';
import { versionAt } from '../definitions/limit-record.js';
import { LimitsRepository } from '../definitions/limits.repository.js';
import { OverridesRepository } from '../definitions/overrides.repository.js';
import { unknownPortfolio, unknownPreTradeCheck } from '../errors.js';
import { PortfolioLock } from '../evaluation/portfolio-lock.js';
import { eventPosition } from '../rest/parameters.js';
import { decide, type Decision } from './decide.js';
import { PortfolioFigures, type CurrentPortfolio } from './portfolio-figures.js';
import type { CheckLineage, CheckQuery, PreTradeBody, PreTradeCheck, Reservation } from './pre-trade.schemas.js';
import { PreTradeRepository } from './pre-trade.repository.js';
import { ReservationsService } from './reservations.service.js';

/** Says beforehand what trades would do to the limits, and keeps what it said. */
@Injectable()
export class PreTradeService {
  private readonly results;
  private readonly seconds;

  constructor(
    private readonly persistence: Persistence,
    private readonly portfolios: PortfolioStore,
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
   * Checks trades at the marks of now, on top of what is reserved. Checks of a portfolio follow one after the other, so that two of them
   * never count on the same headroom.
   *
   * @throws CodedError `LIMITS.UNKNOWN_PORTFOLIO`, `LIMITS.NOT_COMPUTABLE`, `MARKET_DATA.…`
   */
  async check(principal: Principal, portfolioId: string, body: PreTradeBody): Promise<PreTradeCheck> {
    assertPortfolio(principal, portfolioId);
    const stopTimer = this.seconds.startTimer();
    const check = await this.persistence.transaction(async (tx) => {
      if ((await this.portfolios.find(portfolioId, undefined, tx)) === undefined) throw unknownPortfolio(portfolioId);
      await this.lock.acquire(tx, [portfolioId]);
      const at = this.clock.now();
      const current = await this.figures.current(tx, portfolioId, at);
      const reserved = await this.reservations.open(tx, portfolioId);
      const before = await this.figures.withTrades(
        tx,
        current.inputs,
        reserved.flatMap((one) => one.trades),
      );
      const after = await this.figures.withTrades(tx, before, body.trades);
      const decision = await this.decision(tx, portfolioId, { current, before, after, at });
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
    assertPortfolio(principal, portfolioId);
    const check = await this.persistence.transaction((tx) => this.checks.find(tx, portfolioId, checkId));
    if (check === undefined) throw unknownPreTradeCheck(checkId);
    return check;
  }

  async list(principal: Principal, portfolioId: string, query: CheckQuery): Promise<Page<PreTradeCheck>> {
    assertPortfolio(principal, portfolioId);
    const after = decodeCursor(query.cursor, eventPosition);
    const size = Number(query.limit);
    const { result, from, to } = query;
    const found = await this.persistence.transaction((tx) =>
      this.checks.list(tx, { portfolioId, result, from, to }, after, size + 1),
    );
    return toPage(
      found,
      size,
      (check) => check.checkId,
      (check) => check,
    );
  }

  private async decision(
    tx: Tx,
    portfolioId: string,
    state: {
      readonly current: CurrentPortfolio;
      readonly before: PortfolioInputs;
      readonly after: PortfolioInputs;
      readonly at: Instant;
    },
  ): Promise<Decision> {
    const { current, before, after, at } = state;
    const versions = await this.limits.active(tx, [portfolioId]);
    const limitIds = [...new Set(versions.map((version) => version.limitId))];
    const inForce = limitIds.flatMap(
      (limitId) =>
        versionAt(
          versions.filter((version) => version.limitId === limitId),
          at,
        ) ?? [],
    );
    const overrides = await this.overrides.inForce(tx, [portfolioId], at);
    const figures = {
      before: this.figures.figures(before, current.plan),
      after: this.figures.figures(after, current.plan),
    };
    return decide(inForce, overrides, figures, at);
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
