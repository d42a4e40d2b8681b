import { Injectable } from '@nestjs/common';
import { CodedError } from '@risk-budget/contracts';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { asCodedError } from '../errors.js';
import { checkPeriod, seriesPosition } from '../rest/parameters.js';
import { Rebuilder, type RebuiltPortfolio } from '../snapshots/rebuilder.js';
import { SnapshotRepository } from '../snapshots/snapshot.repository.js';
import { SnapshotsService } from '../snapshots/snapshots.service.js';
import type { SnapshotHead } from '../snapshots/stored-snapshot.js';
import { CODE_VERSION } from '../version.js';
import { factorBasisOf, riskByFactor } from './risk-by-factor.js';
import { riskByGroup } from './risk-by-group.js';
import type { RiskHistoryQuery, RiskPoint, RiskQuery, RiskView } from './risk.schemas.js';
import type { RiskBreakdown, RiskLine } from './risk.types.js';

type Question = Pick<RiskQuery, 'measure' | 'by' | 'factors'>;

/** The risk of snapshots by security, strategy, sector, issuer and factor. */
@Injectable()
export class RiskService {
  constructor(
    private readonly snapshots: SnapshotsService,
    private readonly repository: SnapshotRepository,
    private readonly rebuilder: Rebuilder,
  ) {}

  /** @throws AttributionError `NO_SNAPSHOT`, `UNKNOWN_SNAPSHOT`, `INPUT_GONE`, `NOT_REBUILT`, `NOT_DEFINED`, `NO_FACTORS` */
  async risk(portfolioId: string, query: RiskQuery): Promise<RiskView> {
    const rebuilt = await this.rebuilder.rebuild(await this.snapshots.find(portfolioId, query));
    return viewOf(rebuilt, query, breakdownOf(rebuilt, query));
  }

  async history(portfolioId: string, query: RiskHistoryQuery): Promise<Page<RiskPoint>> {
    const cursor = decodeCursor(query.cursor, seriesPosition);
    const limit = Number(query.limit);
    const heads = await this.repository.list({
      portfolioId,
      ...checkPeriod(query),
      before: cursor === undefined ? null : { asOf: cursor[0], sequence: cursor[1] },
      limit: limit + 1,
      every: query.every,
    });
    const page = toPage(
      heads,
      limit,
      ({ asOf, sequence }) => [asOf, sequence],
      (head) => head,
    );
    const items: RiskPoint[] = [];
    for (const head of page.items) items.push(await this.point(head, query));
    return { ...page, items };
  }

  private async point(head: SnapshotHead, query: Question): Promise<RiskPoint> {
    const { snapshotId, sequence, asOf, state, nav } = head;
    const place = { snapshotId, sequence, asOf, state, nav };
    try {
      const rebuilt = await this.rebuilder.rebuild(await this.snapshots.find(head.portfolioId, { snapshotId }));
      const { total, lines } = breakdownOf(rebuilt, query);
      const points = sorted(lines).map(({ name, kind, weight, component, percentage }) => ({
        ...{ name, kind, weight, component, percentage },
      }));
      return { ...place, total, lines: points, refusal: null };
    } catch (error) {
      if (!CodedError.is(error) || error.status !== 422) throw error;
      return { ...place, total: null, lines: [], refusal: { code: error.code, detail: error.detail } };
    }
  }
}

/** @throws AttributionError `NOT_DEFINED`, `NO_FACTORS` */
export function breakdownOf(
  { inputs, evaluation }: RebuiltPortfolio,
  { measure, by, factors }: Question,
): RiskBreakdown {
  try {
    if (by !== 'factor') return riskByGroup(inputs.evaluation, evaluation, measure, by);
    return riskByFactor(inputs.evaluation, measure, factorBasisOf(inputs.evaluation, inputs.policy, factors));
  } catch (error) {
    throw asCodedError(error);
  }
}

function viewOf({ snapshot, inputs }: RebuiltPortfolio, { measure, by }: Question, breakdown: RiskBreakdown): RiskView {
  const { portfolioId, snapshotId, sequence, asOf, state, nav, modelId, positionSequence } = snapshot;
  const { policyId, version, confidence, horizonDays } = inputs.policy;
  return {
    ...{ portfolioId, snapshotId, sequence, asOf, state, baseCurrency: inputs.portfolio.baseCurrency, nav },
    ...{ measure, by, total: breakdown.total, confidence, horizonDays },
    ...{ modelId, policyId, policyVersion: version, positionSequence, codeVersion: CODE_VERSION },
    lines: sorted(breakdown.lines),
  };
}

/** The largest component first; what a dimension leaves stands last. */
function sorted(lines: readonly RiskLine[]): RiskLine[] {
  const left = ({ kind }: RiskLine): number => (kind === 'benchmark' || kind === 'specific' ? 1 : 0);
  return [...lines].sort((a, b) => left(a) - left(b) || b.component - a.component);
}
