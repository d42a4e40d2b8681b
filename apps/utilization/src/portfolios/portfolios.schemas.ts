import { instant } from '@risk-budget/contracts';
import { pageOf, pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';
import { headline } from '../snapshots/headline.js';
import { problem } from './portfolio-state.js';

export const portfolioSummary = z.object({
  portfolioId: z.string(),
  name: z.string(),
  baseCurrency: z.string(),
  benchmarkId: z.string().nullable(),
  snapshotId: z.uuid().nullable().describe('the latest; null before the first'),
  sequence: z.int().min(0),
  asOf: instant.nullable(),
  headline: headline.nullable(),
  problem: problem.nullable().describe('why the present state has no figures'),
});
export type PortfolioSummary = z.infer<typeof portfolioSummary>;

export const portfolioPage = pageOf(portfolioSummary);
export const portfolioListQuery = pageSchema({ maximumLimit: 200 });
