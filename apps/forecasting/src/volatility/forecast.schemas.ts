import { forecastKind, identifier, instant, uuid } from '@risk-budget/contracts';
import { pageOf, pageSchema } from '@risk-budget/service-kit';
import { z } from 'zod';
import { forecast, forecastRun } from './forecast.js';

export const subjectParams = z.object({ kind: forecastKind, subjectId: identifier });
export const fitParams = z.object({ fitId: uuid });
export const asOfQuery = z.object({ asOf: instant.optional().describe('as known at this moment; now when absent') });
export const historyQuery = pageSchema().extend(asOfQuery.shape);
export const listQuery = historyQuery.extend({ kind: forecastKind.optional() });
export const runsQuery = pageSchema();

export const forecastPage = pageOf(forecast);
export const runPage = pageOf(forecastRun);
