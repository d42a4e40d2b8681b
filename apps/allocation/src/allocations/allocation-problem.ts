import type { FieldProblem } from '@risk-budget/contracts';
import {
  leafNodeId,
  seriesBenchmark,
  sectorNodeId,
  strategyNodeId,
  subCovariance,
  type ActiveBenchmark,
  type BenchmarkInput,
  type EvaluationModel,
  type WeightConstraints,
  type WithinGroup,
} from '@risk-budget/risk-math';
import { AllocationError } from '../errors.js';
import type { Leaf } from '../trees/node-place.js';
import type { AllocationRequest } from './allocation.schemas.js';
import type { LeafGroup, WeightProblem } from './solve-weights.js';

/** What an allocation is computed from, looked up. */
export interface AllocationInput {
  readonly request: AllocationRequest;
  /** What to allocate to; each once. */
  readonly leaves: readonly Leaf[];
  readonly model: EvaluationModel;
  /** Present when active risk is asked for. */
  readonly benchmark: BenchmarkInput | undefined;
  /** Weight of a leaf as it is held now, by leaf id. */
  readonly current: ReadonlyMap<string, number>;
}

/**
 * The problem that the solvers of risk-math take.
 *
 * @throws AllocationError `INVALID_REQUEST` when the request's parts do not fit each other
 */
export function problemOf(input: AllocationInput): WeightProblem {
  const { request, leaves } = input;
  refuseUnused(request);
  const leafIds = leaves.map((leaf) => leafNodeId(leaf.strategy, leaf.instrumentId));
  const groups = groupsOf(leaves, request);
  const rows = rowsOf(input);
  const targets = groups === undefined ? leafIds : groups.map((group) => group.id);
  return {
    method: request.method,
    covariance: subCovariance(input.model.matrix, rows, leafIds),
    groups,
    within: withinOf(input, leafIds),
    custom: customOf(request, targets),
    signs: signsOf(request, leafIds),
    constraints: constraintsOf(request, leaves, leafIds),
    scale: request.scale,
    benchmark: input.benchmark === undefined ? undefined : activeBenchmark(input, input.benchmark, rows),
  };
}

/** What a request says and its method would pass over is refused: nobody should read an answer as if it had counted. */
function refuseUnused({ method, measure, within, weights, riskShares }: AllocationRequest): void {
  const problems: FieldProblem[] = [];
  if (weights !== undefined && method !== 'customWeights') {
    problems.push({ field: 'weights', problem: `${method} does not take them`, allowed: 'absent, or customWeights' });
  }
  if (riskShares !== undefined && method !== 'customRiskShares') {
    problems.push({
      field: 'riskShares',
      problem: `${method} does not take them`,
      allowed: 'absent, or customRiskShares',
    });
  }
  const budgetsRisk = method === 'riskParity' || method === 'customRiskShares';
  if (measure === 'trackingError' && budgetsRisk && within !== 'equalRisk') {
    problems.push({
      field: 'within',
      problem: 'active risk is budgeted by leaf: what a node gets is shared equally by its leaves',
      allowed: 'equalRisk',
    });
  }
  if (problems.length > 0) throw invalid(problems);
}

/** Leaves by strategy, or by sector within a strategy, ordered by id; undefined at leaf level. */
function groupsOf(leaves: readonly Leaf[], { level }: AllocationRequest): LeafGroup[] | undefined {
  if (level === 'leaf') return undefined;
  const groups = new Map<string, string[]>();
  for (const { strategy, sector, instrumentId } of leaves) {
    const id = level === 'strategy' ? strategyNodeId(strategy) : sectorNodeId(strategy, sector);
    groups.set(id, [...(groups.get(id) ?? []), leafNodeId(strategy, instrumentId)]);
  }
  return [...groups].map(([id, leafIds]) => ({ id, leafIds })).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function rowsOf({ leaves, model }: AllocationInput): number[] {
  const rowOf = new Map(model.instrumentIds.map((id, row) => [id, row]));
  return leaves.map((leaf) => rowOf.get(leaf.instrumentId) ?? -1);
}

function withinOf({ request, current }: AllocationInput, leafIds: readonly string[]): WithinGroup {
  return request.within === 'current'
    ? { kind: 'relativeWeights', weights: Float64Array.from(leafIds, (leafId) => Math.abs(current.get(leafId) ?? 0)) }
    : { kind: request.within };
}

function customOf(request: AllocationRequest, targets: readonly string[]): Float64Array | undefined {
  switch (request.method) {
    case 'customWeights':
      return byNode(
        'weights',
        request.weights?.map(({ nodeId, weight }) => [nodeId, weight] as const),
        targets,
      );
    case 'customRiskShares':
      return byNode(
        'riskShares',
        request.riskShares?.map(({ nodeId, share }) => [nodeId, share] as const),
        targets,
      );
    case 'equalWeight':
    case 'inverseVolatility':
    case 'riskParity':
      return undefined;
  }
}

function byNode(
  field: string,
  given: readonly (readonly [string, number])[] | undefined,
  targets: readonly string[],
): Float64Array {
  if (given === undefined) throw invalid([{ field, problem: 'is needed for this method' }]);
  const positions = new Map(targets.map((id, position) => [id, position]));
  const values = new Float64Array(targets.length);
  const seen = new Set<string>();
  const problems: FieldProblem[] = [];
  for (const [nodeId, value] of given) {
    const position = positions.get(nodeId);
    if (position === undefined || seen.has(nodeId)) {
      problems.push({
        field: `${field}.${nodeId}`,
        problem: position === undefined ? 'is no node of this level' : 'stands twice',
        allowed: shortList(targets),
      });
    } else values[position] = value;
    seen.add(nodeId);
  }
  if (problems.length > 0) throw invalid(problems);
  return values;
}

function signsOf({ signs }: AllocationRequest, leafIds: readonly string[]): Float64Array | undefined {
  if (signs === undefined) return undefined;
  const given = byNode(
    'signs',
    signs.map(({ nodeId, sign }) => [nodeId, sign] as const),
    leafIds,
  );
  return given.map((sign) => (sign === 0 ? 1 : sign));
}

function constraintsOf(
  { constraints }: AllocationRequest,
  leaves: readonly Leaf[],
  leafIds: readonly string[],
): WeightConstraints {
  const known = new Set(leafIds);
  const problems: FieldProblem[] = [];
  const below = new Map<string, string[]>();
  leaves.forEach(({ strategy, sector }, position) => {
    const leafId = leafIds[position] ?? '';
    for (const id of [leafId, strategyNodeId(strategy), sectorNodeId(strategy, sector)]) {
      below.set(id, [...(below.get(id) ?? []), leafId]);
    }
  });
  for (const { nodeId } of constraints.bounds) {
    if (!known.has(nodeId)) {
      problems.push({
        field: `constraints.bounds.${nodeId}`,
        problem: 'is no leaf of this allocation',
        allowed: shortList(leafIds),
      });
    }
  }
  const groups = constraints.groups.map((group) => {
    for (const nodeId of group.nodeIds) {
      if (!below.has(nodeId)) {
        problems.push({
          field: `constraints.groups.${group.groupId}.${nodeId}`,
          problem: 'is no node of this allocation',
          allowed: shortList([...below.keys()]),
        });
      }
    }
    const assetIds = [...new Set(group.nodeIds.flatMap((nodeId) => below.get(nodeId) ?? []))];
    return { id: group.groupId, assetIds, ...boundsOf(group) };
  });
  if (problems.length > 0) throw invalid(problems);
  return { bounds: constraints.bounds.map((bound) => ({ assetId: bound.nodeId, ...boundsOf(bound) })), groups };
}

function boundsOf({ lower, upper }: { lower?: number | undefined; upper?: number | undefined }): {
  lower?: number;
  upper?: number;
} {
  return { ...(lower === undefined ? {} : { lower }), ...(upper === undefined ? {} : { upper }) };
}

/**
 * Weights are held against leaf by leaf when the request says by signs which are over- and which underweight, and every
 * name of the benchmark is one leaf; otherwise the benchmark is one short asset.
 */
function activeBenchmark(
  { request, leaves, model }: AllocationInput,
  benchmark: BenchmarkInput,
  rows: readonly number[],
): ActiveBenchmark {
  const held = benchmark.kind === 'series' ? [{ instrumentId: benchmark.instrumentId, weight: 1 }] : benchmark.weights;
  const leavesOf = (id: string): number => leaves.filter((leaf) => leaf.instrumentId === id).length;
  if (
    benchmark.kind === 'weights' &&
    request.signs !== undefined &&
    held.every((one) => leavesOf(one.instrumentId) === 1)
  ) {
    const weights = new Map(held.map((one) => [one.instrumentId, one.weight]));
    return { kind: 'weights', weights: Float64Array.from(leaves, (leaf) => weights.get(leaf.instrumentId) ?? 0) };
  }
  const byRow = new Float64Array(model.instrumentIds.length);
  for (const { instrumentId, weight } of held) byRow[model.instrumentIds.indexOf(instrumentId)]! += weight;
  return seriesBenchmark(model.matrix, byRow, rows);
}

function invalid(problems: readonly FieldProblem[]): AllocationError {
  return new AllocationError('ALLOCATION.INVALID_REQUEST', 'The parts of the request do not fit each other.', problems);
}

function shortList(ids: readonly string[]): string {
  return ids.length > 12 ? `${ids.slice(0, 12).join(', ')} and ${ids.length - 12} more` : ids.join(', ');
}
