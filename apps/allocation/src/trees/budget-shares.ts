import type { FieldProblem } from '@risk-budget/contracts';
import { PORTFOLIO_NODE_ID } from '@risk-budget/risk-math';
import { pathOf, placesOf, type Leaf, type NodePlace, type SectorOf } from './node-place.js';

/** A node's share of the portfolio's budget. */
export interface NodeShare {
  readonly nodeId: string;
  readonly share: number;
}

/** A node of a tree with its place and its share of the portfolio's budget. */
export interface PlacedShare extends NodePlace {
  readonly share: number;
}

/** Rounding that the sum of children may be beyond their parent. */
const TOLERANCE = 1e-9;

/**
 * Builds the tree out of shares given by node. Ancestors that are not given take the sum of their children; the
 * portfolio's own share is 1.
 *
 * @param field where the shares stand in the request, for the problems
 * @returns parents before children, siblings by id; or everything that is wrong
 */
export function treeOfShares(
  shares: readonly NodeShare[],
  sectorOf: SectorOf,
  field: string,
): { readonly nodes: PlacedShare[] } | { readonly problems: FieldProblem[] } {
  const places = new Map<string, NodePlace>([[PORTFOLIO_NODE_ID, placeOfPortfolio]]);
  const given = new Map<string, number>();
  const problems: FieldProblem[] = [];
  for (const { nodeId, share } of shares) {
    const path = placesOf(nodeId, sectorOf);
    if (typeof path === 'string') problems.push({ field: `${field}.${nodeId}`, problem: path });
    else if (given.has(nodeId)) problems.push({ field: `${field}.${nodeId}`, problem: 'stands twice' });
    else if (nodeId === PORTFOLIO_NODE_ID && share !== 1) {
      problems.push({
        field: `${field}.${nodeId}`,
        problem: 'the portfolio’s share of its own budget is 1',
        allowed: '1',
      });
    } else {
      given.set(nodeId, share);
      for (const place of path) places.set(place.nodeId, place);
    }
  }
  if (problems.length > 0) return { problems };
  given.set(PORTFOLIO_NODE_ID, 1);
  return { nodes: filled([...places.values()], given) };
}

const placeOfPortfolio: NodePlace = { nodeId: PORTFOLIO_NODE_ID, kind: 'portfolio', parentId: null };

function filled(places: readonly NodePlace[], given: ReadonlyMap<string, number>): PlacedShare[] {
  const children = childrenOf(places);
  const shareOf = (nodeId: string): number =>
    given.get(nodeId) ?? (children.get(nodeId) ?? []).reduce((sum, child) => sum + shareOf(child.nodeId), 0);
  const nodes: PlacedShare[] = [];
  const visit = (place: NodePlace): void => {
    nodes.push({ ...place, share: shareOf(place.nodeId) });
    for (const child of children.get(place.nodeId) ?? []) visit(child);
  };
  visit(placeOfPortfolio);
  return nodes;
}

/** Children by parent, ordered by id. */
function childrenOf<Place extends NodePlace>(places: readonly Place[]): Map<string, Place[]> {
  const children = new Map<string, Place[]>();
  for (const place of places) {
    if (place.parentId === null) continue;
    const siblings = children.get(place.parentId) ?? [];
    siblings.push(place);
    children.set(place.parentId, siblings);
  }
  for (const siblings of children.values()) siblings.sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
  return children;
}

/**
 * Where children take more than their parent has: one problem for each of them, with the range it could stand in while
 * its siblings stay as they are. What the portfolio has to give is 1 less the reserve.
 */
export function excessProblems(nodes: readonly PlacedShare[], reserve: number, field: string): FieldProblem[] {
  const children = childrenOf(nodes);
  return nodes.flatMap((parent) => {
    const siblings = children.get(parent.nodeId) ?? [];
    const capacity = parent.kind === 'portfolio' ? 1 - reserve : parent.share;
    const taken = siblings.reduce((sum, child) => sum + child.share, 0);
    if (taken <= capacity + TOLERANCE) return [];
    return siblings.map((child) => ({
      field: `${field}.${child.nodeId}`,
      problem: `the children of ${parent.nodeId} take ${round(taken)} of its ${round(capacity)}`,
      allowed: `0 to ${round(Math.max(0, capacity - (taken - child.share)))}`,
    }));
  });
}

/**
 * Shares of a full tree out of the leaves' shares of risk. At each node the children take all that their parent has
 * (the portfolio: 1 less the reserve), in proportion to their shares of risk; a node that takes risk away gets 0.
 */
export function sharesOfRisk(leaves: readonly (Leaf & { readonly share: number })[], reserve: number): NodeShare[] {
  const risk = new Map<string, number>();
  const places = new Map<string, NodePlace>();
  for (const leaf of leaves) {
    for (const place of pathOf(leaf)) {
      places.set(place.nodeId, place);
      risk.set(place.nodeId, (risk.get(place.nodeId) ?? 0) + leaf.share);
    }
  }
  const children = childrenOf([...places.values()]);
  const shares: NodeShare[] = [];
  const visit = (nodeId: string, share: number, capacity: number): void => {
    shares.push({ nodeId, share });
    const below = (children.get(nodeId) ?? []).map((child) => ({
      nodeId: child.nodeId,
      weight: Math.max(0, risk.get(child.nodeId) ?? 0),
    }));
    const total = below.reduce((sum, child) => sum + child.weight, 0);
    for (const child of below) {
      const part = total > 0 ? capacity * (child.weight / total) : 0;
      visit(child.nodeId, part, part);
    }
  };
  visit(PORTFOLIO_NODE_ID, 1, 1 - reserve);
  return shares;
}

function round(value: number): string {
  return String(Number(value.toFixed(10)));
}
