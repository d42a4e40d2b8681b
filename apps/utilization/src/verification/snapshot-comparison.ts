import { riskMeasure, type SnapshotNode, type UtilizationSnapshot } from '@risk-budget/contracts';

/** One figure that is not the same on both sides; null stands for a figure that a side does not have. */
export interface FigureDifference {
  readonly path: string;
  readonly stored: number | null;
  readonly rebuilt: number | null;
}

export interface FigureComparison {
  readonly compared: number;
  /** Of the figures compared: |stored − rebuilt| / max(|stored|, |rebuilt|), at its largest. */
  readonly largestRelativeDifference: number;
  readonly differences: readonly FigureDifference[];
}

type Figures = Pick<UtilizationSnapshot, 'nav' | 'metrics' | 'modelledShare' | 'proxiedShare' | 'nodes'>;

/** Figures agree when they are this close, relative to the larger one. */
export const agreementTolerance = 1e-10;

/** Differences below this are rounding around 0, where a relative one says nothing. */
const absoluteFloor = 1e-14;

/** Compares every figure of the stored snapshot with the rebuilt one's; states are left out, for they follow from the snapshots before. */
export function compareSnapshots(stored: Figures, rebuilt: Figures): FigureComparison {
  const other = figuresOf(rebuilt);
  const differences: FigureDifference[] = [];
  let compared = 0;
  let largest = 0;
  for (const [path, value] of figuresOf(stored)) {
    const again = other.get(path) ?? null;
    compared++;
    const distance = distanceOf(value, again);
    largest = Math.max(largest, Number.isFinite(distance) ? distance : 1);
    if (distance > agreementTolerance) differences.push({ path, stored: value, rebuilt: again });
  }
  return { compared, largestRelativeDifference: largest, differences };
}

function distanceOf(a: number | null, b: number | null): number {
  if (a === null || b === null) return a === b ? 0 : Number.POSITIVE_INFINITY;
  const difference = Math.abs(a - b);
  return difference <= absoluteFloor ? 0 : difference / Math.max(Math.abs(a), Math.abs(b));
}

function figuresOf({ nav, metrics, modelledShare, proxiedShare, nodes }: Figures): Map<string, number | null> {
  const figures = new Map<string, number | null>([
    ['nav', nav],
    ['modelledShare', modelledShare],
    ['proxiedShare', proxiedShare],
  ]);
  for (const [name, value] of Object.entries(metrics)) figures.set(`metrics.${name}`, value);
  for (const node of nodes) addNode(figures, node);
  return figures;
}

function addNode(figures: Map<string, number | null>, node: SnapshotNode): void {
  const path = `nodes[${node.nodeId}]`;
  figures.set(`${path}.value`, node.value);
  figures.set(`${path}.weight`, node.weight);
  for (const measure of riskMeasure.options) {
    const found = node.measures.find((item) => item.measure === measure);
    if (found === undefined) continue;
    for (const name of ['consumption', 'standalone', 'budget', 'utilization', 'headroom'] as const) {
      figures.set(`${path}.${measure}.${name}`, found[name]);
    }
  }
}
