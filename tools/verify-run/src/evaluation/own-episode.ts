import type { RunContext } from '../checks/context.js';
import type { OwnEpisode } from '../inputs/episodes.js';
import { groupsOf, type OwnLeaf } from './own-evaluation.js';

/** What holdings would have lost in an episode, held through it. Losses are positive, fractions of the net asset value. */
export interface OwnEpisodeLoss {
  readonly window: { readonly start: string; readonly end: string; readonly days: number };
  readonly end: number;
  readonly worstPoint: number;
  readonly worstDay: number;
  readonly worstTenDays: number;
  readonly proxied: readonly string[];
  readonly proxiedShare: number;
  /** By node of the tree and of the views. */
  readonly nodes: ReadonlyMap<string, number>;
}

/**
 * Holds the leaves through an episode, from closes alone as they were known at a moment.
 *
 * @returns undefined where the closes known do not reach over the episode
 */
export function ownEpisodeLoss(
  { market, returns, inputs }: RunContext,
  episode: OwnEpisode,
  leaves: readonly OwnLeaf[],
  asOf: string,
): OwnEpisodeLoss | undefined {
  const end = `${episode.end}T23:59:59.999Z`;
  const days = [...inputs.closes.keys()].filter((day) => day > episode.start && day <= episode.end).length;
  if (days < 2 || ![...inputs.closes.keys()].some((day) => day <= episode.start)) return undefined;
  const instrumentIds = [...new Set(leaves.map((leaf) => leaf.instrumentId))].sort();
  const window = returns.get({
    ...{ instrumentIds, end, days, knownAt: market.learnedBy(asOf, end) },
    minimumHistory: Math.ceil(days / 2),
  });
  const paths = leaves.map(({ instrumentId, weight }) => {
    const column = instrumentIds.indexOf(instrumentId);
    let level = 1;
    return window.values.map((row) => -weight * ((level *= 1 + (row[column] ?? NaN)) - 1));
  });
  const path = [0, ...window.dates.map((_, t) => paths.reduce((sum, losses) => sum + (losses[t] ?? NaN), 0))];
  const worstOver = (length: number): number =>
    Math.max(...path.slice(length).map((loss, t) => loss - (path[t] ?? NaN)));
  const proxied = window.proxies.map((proxy) => proxy.instrumentId).sort();
  const gross = leaves.reduce((sum, leaf) => sum + Math.abs(leaf.weight), 0);
  const standing = leaves.filter(({ instrumentId }) => proxied.includes(instrumentId));
  const ends = new Map(leaves.map((leaf, at) => [leaf, paths[at]?.at(-1) ?? NaN]));
  return {
    window: { start: window.startDate, end: window.dates.at(-1) ?? '', days: window.dates.length },
    end: path.at(-1) ?? NaN,
    worstPoint: Math.max(...path.slice(1)),
    worstDay: worstOver(1),
    worstTenDays: worstOver(Math.min(10, window.dates.length)),
    proxied,
    proxiedShare: standing.reduce((sum, leaf) => sum + Math.abs(leaf.weight), 0) / gross,
    nodes: new Map(
      [...groupsOf(leaves)].map(([nodeId, members]) => [
        nodeId,
        members.reduce((sum, leaf) => sum + (ends.get(leaf) ?? NaN), 0),
      ]),
    ),
  };
}
