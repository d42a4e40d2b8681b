import { instant, nodeMeasure, riskMeasure } from '@risk-budget/contracts';
import { pageOf, pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';
import { periodQuery } from '../rest/parameters.js';
import { snapshotDocument } from '../snapshots/snapshot-records.js';

export const historyQuery = pageSchema({ maximumLimit: 1000 })
  .extend({
    nodeId: z.string().min(1).max(256).default('portfolio').describe('for example strategy:Growth or leaf:Growth/AAPL'),
    measure: riskMeasure.default('volatility'),
  })
  .extend(periodQuery.shape);

export const historyPoint = nodeMeasure.omit({ measure: true }).extend({
  snapshotId: z.uuid(),
  sequence: z.int().min(1),
  asOf: instant,
  value: z.number().describe('of the node, signed, in base currency'),
  weight: z.number(),
});
export type HistoryPoint = z.infer<typeof historyPoint>;
export const historyPage = pageOf(historyPoint);

export const snapshotListQuery = pageSchema({ maximumLimit: 200 }).extend(periodQuery.shape);
export const snapshotSummary = snapshotDocument.omit({ marks: true });
export type SnapshotSummary = z.infer<typeof snapshotSummary>;
export const snapshotPage = pageOf(snapshotSummary);
