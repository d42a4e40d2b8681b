import { Injectable } from '@nestjs/common';
import type { RiskMeasure } from '@risk-budget/contracts';
import { decodeCursor, toPage, type Page } from '@risk-budget/service-kit';
import { checkPeriod, seriesPosition } from '../rest/parameters.js';
import { SnapshotRepository, type NodeRecord, type SeriesRange } from '../snapshots/snapshot.repository.js';
import type { HistoryPoint, SnapshotSummary } from './history.schemas.js';

/** A page of what happened to a portfolio. */
export interface PeriodPage {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Nodes and snapshots through time, newest first. */
@Injectable()
export class HistoryService {
  constructor(private readonly snapshots: SnapshotRepository) {}

  /** One node under one measure; snapshots that do not carry the node or the measure have no point. */
  async node(
    portfolioId: string,
    query: PeriodPage & { nodeId: string; measure: RiskMeasure },
  ): Promise<Page<HistoryPoint>> {
    const records = await this.snapshots.history(query.nodeId, rangeOf(portfolioId, query));
    const page = toPage(records, query.limit, positionOf, (record) => pointOf(record, query.measure));
    return { ...page, items: page.items.filter((point) => point !== undefined) };
  }

  async list(portfolioId: string, query: PeriodPage): Promise<Page<SnapshotSummary>> {
    return toPage(await this.snapshots.list(rangeOf(portfolioId, query)), query.limit, positionOf, (document) => {
      const { marks: _, ...summary } = document;
      return summary;
    });
  }
}

function rangeOf(portfolioId: string, query: PeriodPage): SeriesRange {
  const cursor = decodeCursor(query.cursor, seriesPosition);
  return {
    portfolioId,
    ...checkPeriod(query),
    before: cursor === undefined ? null : { asOf: cursor[0], sequence: cursor[1] },
    limit: query.limit + 1,
  };
}

function positionOf({ asOf, sequence }: { asOf: string; sequence: number }): [string, number] {
  return [asOf, sequence];
}

function pointOf({ node, snapshotId, sequence, asOf }: NodeRecord, wanted: RiskMeasure): HistoryPoint | undefined {
  const figures = node.measures.find(({ measure }) => measure === wanted);
  if (figures === undefined) return undefined;
  const { measure: _, ...point } = figures;
  return { ...point, snapshotId, sequence, asOf, value: node.value, weight: node.weight };
}
