import { Inject, Injectable } from '@nestjs/common';
import { utilizationSnapshot, type Clock, type Instant } from '@risk-budget/contracts';
import { Persistence } from '@risk-budget/persistence';
import { CLOCK, decodeCursor, toPage, type Page, type Principal } from '@risk-budget/service-kit';
import { z } from 'zod';
import type { BreachRecord } from '../breaches/breach.types.js';
import { BreachesRepository } from '../breaches/breaches.repository.js';
import { overrideAt, versionAt } from '../definitions/limit-record.js';
import type { LimitOverride, LimitVersion } from '../definitions/limit.types.js';
import { LimitsRepository } from '../definitions/limits.repository.js';
import { OverridesRepository } from '../definitions/overrides.repository.js';
import { EvaluationsRepository, type PortfolioEvaluationState } from '../evaluation/evaluations.repository.js';
import type { Standing } from '../evaluation/standing.types.js';
import { StandingsRepository } from '../evaluation/standings.repository.js';
import { PortfolioAccess } from '../rest/portfolio-access.js';
import type { ComplianceInterval, HistoryQuery, LimitCompliance, PortfolioCompliance } from './compliance.schemas.js';

const historyPosition = z.tuple([z.string(), z.int()]);
const beginning = '0001-01-01T00:00:00.000Z';
const end = '9999-12-31T23:59:59.999Z';

/** How the limits of a portfolio stand, now and over time. */
@Injectable()
export class ComplianceService {
  constructor(
    private readonly persistence: Persistence,
    private readonly access: PortfolioAccess,
    private readonly limits: LimitsRepository,
    private readonly overrides: OverridesRepository,
    private readonly breaches: BreachesRepository,
    private readonly standings: StandingsRepository,
    private readonly evaluations: EvaluationsRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async now(principal: Principal, portfolioId: string): Promise<PortfolioCompliance> {
    const at = this.clock.now();
    return this.persistence.transaction(
      async (tx) => {
        await this.access.require(tx, principal, portfolioId);
        const versions = await this.limits.active(tx, [portfolioId]);
        const overrides = await this.overrides.inForce(tx, [portfolioId], at);
        const standings = new Map((await this.standings.of(tx, [portfolioId])).map((one) => [one.limitId, one]));
        const breaches = new Map((await this.breaches.unresolved(tx, [portfolioId])).map((one) => [one.limitId, one]));
        const evaluation = await this.evaluations.find(tx, portfolioId);
        const limits = [...new Set(versions.map((version) => version.limitId))].map((limitId) => {
          const ofLimit = versions.filter((version) => version.limitId === limitId);
          const own = overrides.filter((override) => override.limitId === limitId);
          return complianceOf(ofLimit, own, standings.get(limitId), breaches.get(limitId), at);
        });
        return {
          portfolioId,
          at,
          state: overall(limits),
          snapshot: snapshotOf(evaluation),
          notEvaluated: reasonOf(evaluation),
          missingSnapshots: evaluation?.gaps ?? 0,
          limits,
        };
      },
      { isolation: 'REPEATABLE READ' },
    );
  }

  async history(principal: Principal, portfolioId: string, query: HistoryQuery): Promise<Page<ComplianceInterval>> {
    const after = decodeCursor(query.cursor, historyPosition);
    const size = Number(query.limit);
    const range = { from: query.from ?? beginning, to: query.to ?? end, limitId: query.limitId };
    const found = await this.persistence.transaction(async (tx) => {
      await this.access.require(tx, principal, portfolioId);
      return this.standings.history(tx, portfolioId, range, after, size + 1);
    });
    return toPage(
      found,
      size,
      (row) => [row.limitId, row.changeId],
      ({ changeId: _, ...interval }) => interval,
    );
  }
}

/** A limit whose next version begins later stands as `notInForce` until then, unless one of its versions counts now. */
function complianceOf(
  versions: readonly LimitVersion[],
  overrides: readonly LimitOverride[],
  standing: Standing | undefined,
  breach: BreachRecord | undefined,
  now: Instant,
): LimitCompliance {
  const version = versionAt(versions, now) ?? versions[0];
  if (version === undefined) throw new TypeError('a limit without a version has no standing');
  const { name, measure, scope, direction, severity } = version.proposal;
  const inForce = versionAt(versions, now) !== undefined;
  return {
    limitId: version.limitId,
    version: version.version,
    name,
    measure,
    scope,
    nodeId: version.nodeId,
    direction,
    severity,
    state: standing?.state ?? (inForce ? 'notEvaluated' : 'notInForce'),
    value: standing?.value ?? null,
    bound: standing?.bound ?? null,
    headroom: standing?.headroom ?? null,
    since: standing?.since ?? null,
    at: standing?.at ?? null,
    snapshotId: standing?.snapshotId ?? null,
    overrideId: overrideAt(overrides, now)?.overrideId ?? null,
    breach: breach === undefined ? null : { breachId: breach.breachId, state: breach.state, openedAt: breach.openedAt },
  };
}

function overall(limits: readonly LimitCompliance[]): PortfolioCompliance['state'] {
  const breached = limits.filter((limit) => limit.state === 'breached');
  if (breached.some((limit) => limit.severity === 'hard')) return 'hardBreach';
  if (breached.length > 0) return 'softBreach';
  const undetermined = limits.some((limit) => ['incomplete', 'unbudgeted', 'notEvaluated'].includes(limit.state));
  return undetermined ? 'undetermined' : 'compliant';
}

function snapshotOf(state: PortfolioEvaluationState | undefined): PortfolioCompliance['snapshot'] {
  if (state === undefined || state.snapshotId === null || state.asOf === null) return null;
  return {
    snapshotId: state.snapshotId,
    sequence: state.sequence,
    asOf: state.asOf,
    state: utilizationSnapshot.shape.state.parse(state.state),
  };
}

function reasonOf(state: PortfolioEvaluationState | undefined): PortfolioCompliance['notEvaluated'] {
  if (state === undefined || state.notEvaluated === null) return null;
  const { kind, since, reason } = state.notEvaluated;
  return { kind, since, reason };
}
