import type { NodeKind } from '@risk-budget/contracts';
import { PORTFOLIO_NODE_ID, leafNodeId, sectorNodeId, strategyNodeId } from '@risk-budget/risk-math';

/** Where a node stands in a budget tree. */
export interface NodePlace {
  readonly nodeId: string;
  readonly kind: NodeKind;
  readonly parentId: string | null;
}

/** The sector in which an instrument stands; undefined for an instrument that is not known. */
export type SectorOf = (instrumentId: string) => string | undefined;

/** One leaf of a portfolio, with its sector. */
export interface Leaf {
  readonly strategy: string;
  readonly sector: string;
  readonly instrumentId: string;
}

export const portfolioPlace: NodePlace = { nodeId: PORTFOLIO_NODE_ID, kind: 'portfolio', parentId: null };

export function strategyPlace(strategy: string): NodePlace {
  return { nodeId: strategyNodeId(strategy), kind: 'strategy', parentId: PORTFOLIO_NODE_ID };
}

export function sectorPlace(strategy: string, sector: string): NodePlace {
  return { nodeId: sectorNodeId(strategy, sector), kind: 'sector', parentId: strategyNodeId(strategy) };
}

export function leafPlace({ strategy, sector, instrumentId }: Leaf): NodePlace {
  return { nodeId: leafNodeId(strategy, instrumentId), kind: 'leaf', parentId: sectorNodeId(strategy, sector) };
}

/** The places from the portfolio down to a leaf. */
export function pathOf(leaf: Leaf): [NodePlace, NodePlace, NodePlace, NodePlace] {
  return [portfolioPlace, strategyPlace(leaf.strategy), sectorPlace(leaf.strategy, leaf.sector), leafPlace(leaf)];
}

/** The places from the portfolio down to a node; a sentence when its id is none of a tree. */
export function placesOf(nodeId: string, sectorOf: SectorOf): NodePlace[] | string {
  if (nodeId === PORTFOLIO_NODE_ID) return [portfolioPlace];
  const match = /^(strategy|sector|leaf):([^/:]+)(?:\/([^/:]+))?$/.exec(nodeId);
  const [, kind, strategy, name] = match ?? [];
  if (strategy === undefined || (kind === 'strategy') !== (name === undefined)) {
    return 'is no node of a budget tree: portfolio, strategy:<strategy>, sector:<strategy>/<sector> or leaf:<strategy>/<instrument>';
  }
  if (name === undefined) return [portfolioPlace, strategyPlace(strategy)];
  if (kind === 'sector') return [portfolioPlace, strategyPlace(strategy), sectorPlace(strategy, name)];
  const sector = sectorOf(name);
  return sector === undefined
    ? `the instrument '${name}' is not known`
    : pathOf({ strategy, sector, instrumentId: name });
}
