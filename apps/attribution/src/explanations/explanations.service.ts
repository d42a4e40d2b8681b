import { Injectable } from '@nestjs/common';
import { PORTFOLIO_NODE_ID } from '@risk-budget/risk-math';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { ChangeExplainer } from '../changes/change-explainer.js';
import { AttributionError } from '../errors.js';
import { checkPeriod, seriesPosition } from '../rest/parameters.js';
import { SnapshotsService } from '../snapshots/snapshots.service.js';
import type {
  ChangeQuery,
  ChangeView,
  ExplanationListQuery,
  ExplanationSummary,
  ExplanationView,
} from './explanation.schemas.js';
import type { ExplanationRecord } from './explanation.types.js';
import { ExplanationsRepository } from './explanations.repository.js';

/** Explanations: those published, and any change that somebody asks about. */
@Injectable()
export class ExplanationsService {
  constructor(
    private readonly snapshots: SnapshotsService,
    private readonly explainer: ChangeExplainer,
    private readonly explanations: ExplanationsRepository,
  ) {}

  /** @throws AttributionError `NO_SNAPSHOT`, `UNKNOWN_SNAPSHOT`, `TIMES_IN_WRONG_ORDER`, `UNKNOWN_NODE`, `INPUT_GONE`, `NOT_REBUILT`, `NOT_DEFINED` */
  async change(portfolioId: string, query: ChangeQuery): Promise<ChangeView> {
    const { measure, nodeId } = query;
    const to = await this.snapshots.find(portfolioId, { asOf: query.to, snapshotId: query.toSnapshotId });
    const from = await this.snapshots.find(portfolioId, {
      asOf: query.from ?? justBefore(to.asOf),
      snapshotId: query.fromSnapshotId,
    });
    if (from.sequence > to.sequence) {
      const detail = 'The first snapshot is later than the second.';
      throw new AttributionError('ATTRIBUTION.TIMES_IN_WRONG_ORDER', detail, { field: 'from' });
    }
    const answer = await this.explainer.explain({ from, to, measure, nodeId });
    if (answer.contributors.length === 0 && answer.from === 0 && nodeId !== PORTFOLIO_NODE_ID) {
      const detail = `The portfolio holds nothing in '${nodeId}' at either snapshot.`;
      throw new AttributionError('ATTRIBUTION.UNKNOWN_NODE', detail, { field: 'nodeId' });
    }
    return { ...answer, fromSequence: from.sequence, toSequence: to.sequence };
  }

  async list(portfolioId: string, query: ExplanationListQuery): Promise<Page<ExplanationSummary>> {
    const { cause, breachId } = query;
    const limit = Number(query.limit);
    const before = decodeCursor(query.cursor, seriesPosition);
    const filter = { portfolioId, cause, breachId, ...checkPeriod(query), before, limit: limit + 1 };
    return toPage(
      await this.explanations.list(filter),
      limit,
      ({ record, number }) => [record.asOf, number],
      ({ record }) => summaryOf(record),
    );
  }

  /** @throws AttributionError `UNKNOWN_EXPLANATION` */
  async get(portfolioId: string, explanationId: string): Promise<ExplanationView> {
    const found = await this.explanations.find(explanationId);
    if (found?.portfolioId === portfolioId) return found;
    const detail = `The portfolio '${portfolioId}' has no explanation '${explanationId}'.`;
    throw new AttributionError('ATTRIBUTION.UNKNOWN_EXPLANATION', detail);
  }
}

function summaryOf(record: ExplanationRecord): ExplanationSummary {
  if (record.state === 'unexplained') return record;
  const { nodes: _, ...summary } = record;
  return summary;
}

function justBefore(instant: string): string {
  return new Date(Date.parse(instant) - 1).toISOString();
}
