import { instant, portfolioMetrics, snapshotCause, utilizationSnapshot, uuid } from '@risk-budget/contracts';
import { z } from 'zod';

/** A snapshot of utilization without its marks and lineage. */
export const snapshotHead = z.object({
  snapshotId: uuid,
  portfolioId: z.string(),
  sequence: z.int().min(1),
  asOf: instant,
  cause: snapshotCause,
  state: utilizationSnapshot.shape.state,
  nav: z.number().gt(0),
  modelId: uuid,
  planId: uuid.nullable(),
  planVersion: z.int().min(1).nullable(),
  positionSequence: z.int().min(0),
  metrics: portfolioMetrics,
});
export type SnapshotHead = z.infer<typeof snapshotHead>;

/** A snapshot with what it rests on. */
export const storedSnapshot = snapshotHead.extend({
  lineage: utilizationSnapshot.shape.lineage,
  marks: utilizationSnapshot.shape.marks,
});
export type StoredSnapshot = z.infer<typeof storedSnapshot>;

/** A period of a portfolio's snapshots, newest first. */
export interface SnapshotRange {
  readonly portfolioId: string;
  readonly from: string | null;
  readonly to: string | null;
  /** Only what comes before this one. */
  readonly before: { readonly asOf: string; readonly sequence: number } | null;
  readonly limit: number;
  /** `day`: the last of each day in UTC. */
  readonly every: 'snapshot' | 'day';
}
