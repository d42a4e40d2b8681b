import { ValidationError, type UtilizationSnapshot } from '@risk-budget/contracts';
import { z } from 'zod';

export const streamQuery = z.object({
  detail: z
    .enum(['headline', 'tree', 'full'])
    .default('tree')
    .describe('headline: no nodes; tree: portfolio, strategies and sectors; full: all that was published'),
});
export type StreamDetail = z.output<typeof streamQuery>['detail'];

/**
 * `Last-Event-ID`: the sequence of the last snapshot that the client has.
 *
 * @throws ValidationError for anything but a whole number
 */
export function lastEventId(header: string | undefined): number | undefined {
  if (header === undefined || header === '') return undefined;
  if (/^\d{1,15}$/.test(header)) return Number(header);
  const problem = {
    field: 'headers.last-event-id',
    problem: 'is no sequence of a snapshot',
    allowed: 'a whole number',
  };
  throw new ValidationError([problem]);
}

const treeKinds: ReadonlySet<string> = new Set(['portfolio', 'strategy', 'sector', 'benchmark']);

/** What a client is told of a snapshot; the marks stand in the snapshot itself. */
export function streamed(snapshot: UtilizationSnapshot, detail: StreamDetail): object {
  const { marks: _marks, nodes, ...document } = snapshot;
  if (detail === 'headline') return document;
  return { ...document, nodes: detail === 'full' ? nodes : nodes.filter(({ kind }) => treeKinds.has(kind)) };
}
