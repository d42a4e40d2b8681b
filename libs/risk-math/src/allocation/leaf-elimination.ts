import { type ConstrainedProblem, type Side, inner } from './constrained-problem.js';
import { addOuter, addScaled } from './dense.js';

/** A variable with more sides than this is no leaf: each pair of them costs an outer product. */
const MOST_SIDES = 4;

interface Leaf {
  readonly variable: number;
  /** The sides it is part of besides the coupling, and its coefficient in each. */
  readonly sides: readonly number[];
  readonly own: Float64Array;
  /** The other variables of these sides, numbered among the kept, and by side their coefficients. */
  readonly others: Int32Array;
  readonly slopes: readonly Float64Array[];
}

type Solver = (right: Float64Array) => Float64Array;

/** The curvature of the leaves at one point. */
interface Curvature {
  /** By leaf, S = Σ weight × own². */
  readonly own: Float64Array;
  /** By leaf, β = Σ weight × own × slope. */
  readonly crossed: readonly Float64Array[];
  /** What the coupling adds with the leaves eliminated: stiffness × gradient gradientᵀ. */
  readonly stiffness: number;
  readonly gradient: Float64Array;
}

/**
 * Variables without curvature that only a few sides touch, such as the size dᵢ ≥ |wᵢ − fromᵢ| of a trade, eliminated from
 * Q + Gᵀ diag(z/s) G before it is factorised. On the way to a bound z/s has no limit, and in w and d together Q is lost beside it
 * by rounding; of the sum over the sides k of one leaf what is left for the others has no difference of large terms (Lagrange's identity):
 *
 *     Σₖ<ₗ Dₖ Dₗ / S × (bₗ aₖ − bₖ aₗ)(bₗ aₖ − bₖ aₗ)ᵀ,   S = Σ Dₖ bₖ²,   b of the leaf, a of the others
 *
 * One side may couple leaves, as a limit of turnover does: its force is one more unknown, eliminated last.
 */
export class LeafElimination {
  /** The variables that stay. */
  readonly kept: Int32Array;
  private readonly leaves: readonly Leaf[];
  /** Number of the side that couples leaves, −1 for none, its coefficients by leaf and by kept variable. */
  private readonly coupling: number;
  private readonly coupled: Float64Array;
  private readonly couplingRest: Float64Array;
  /** The sides without a leaf, in the kept variables. */
  private readonly plain: readonly { readonly at: number; readonly side: Side }[];

  constructor(
    private readonly problem: ConstrainedProblem,
    sides: readonly Side[],
  ) {
    const { variables, coupling } = leavesOf(problem, sides);
    const { size } = problem;
    const leafOf = new Int32Array(size).fill(-1);
    variables.forEach((variable, leaf) => (leafOf[variable] = leaf));
    this.kept = Int32Array.from(Array.from({ length: size }, (_, i) => i).filter((i) => leafOf[i]! < 0));
    const position = new Int32Array(size).fill(-1);
    this.kept.forEach((variable, at) => (position[variable] = at));
    this.coupling = coupling;
    this.coupled = new Float64Array(variables.length);
    this.couplingRest = new Float64Array(this.kept.length);
    const sidesOfLeaf = variables.map((): number[] => []);
    const plain: { at: number; side: Side }[] = [];
    sides.forEach((side, at) => {
      const leaf = side.variables.find((variable) => leafOf[variable]! >= 0);
      if (at === coupling) {
        side.variables.forEach((variable, k) => {
          if (leafOf[variable]! >= 0) this.coupled[leafOf[variable]!] = side.coefficients[k]!;
          else this.couplingRest[position[variable]!] = side.coefficients[k]!;
        });
      } else if (leaf !== undefined) sidesOfLeaf[leafOf[leaf]!]!.push(at);
      else plain.push({ at, side: { ...side, variables: side.variables.map((variable) => position[variable]!) } });
    });
    this.plain = plain;
    this.leaves = variables.map((variable, leaf) => leafWith(variable, sidesOfLeaf[leaf]!, sides, position));
  }

  /** Q of the kept variables. */
  quadratic(): Float64Array {
    const { quadratic, size } = this.problem;
    return this.kept.length === size ? quadratic.slice() : this.ofKept(quadratic);
  }

  /** The part of a matrix that belongs to the kept variables. */
  ofKept(matrix: Float64Array): Float64Array {
    const { kept } = this;
    const count = kept.length;
    if (count === this.problem.size) return matrix;
    const result = new Float64Array(count * count);
    for (let a = 0; a < count; a++) {
      const row = kept[a]! * this.problem.size;
      for (let b = 0; b < count; b++) result[a * count + b] = matrix[row + kept[b]!]!;
    }
    return result;
  }

  /**
   * Adds to the kept variables’ matrix what linear sides with these weights leave; `null` where a leaf has no weight at all.
   *
   * @param weights z/s by side
   */
  addSides(hessian: Float64Array, weights: Float64Array): Curvature | null {
    const count = this.kept.length;
    for (const { at, side } of this.plain) if (side.kind !== 'quadratic') addOuter(hessian, side, weights[at]!, count);
    const own = new Float64Array(this.leaves.length);
    const crossed = this.leaves.map((leaf, at) => {
      own[at] = leaf.sides.reduce((total, side, k) => total + weights[side]! * leaf.own[k]! ** 2, 0);
      addPairs(hessian, leaf, weights, own[at]!, count);
      return crossedOf(leaf, weights);
    });
    if (!own.every((value) => value > 0)) return null;
    const gradient = this.couplingRest.slice();
    if (this.coupling < 0) return { own, crossed, stiffness: 0, gradient };
    let ease = 1 / weights[this.coupling]!;
    this.leaves.forEach(({ others }, at) => {
      const share = this.coupled[at]! / own[at]!;
      ease += share * this.coupled[at]!;
      others.forEach((other, j) => (gradient[other]! -= share * crossed[at]![j]!));
    });
    const stiffness = 1 / ease;
    for (let i = 0; i < count; i++) {
      const scaled = stiffness * gradient[i]!;
      for (let j = 0; j < count; j++) hessian[i * count + j]! += scaled * gradient[j]!;
    }
    return { own, crossed, stiffness, gradient };
  }

  /** A solver of the whole system by one of the kept variables’ matrix. */
  solver({ own, crossed, stiffness, gradient }: Curvature, solveKept: Solver): Solver {
    if (this.leaves.length === 0) return solveKept;
    return (right) => {
      const reduced = Float64Array.from(this.kept, (variable) => right[variable]!);
      let pushed = 0;
      this.leaves.forEach(({ variable, others }, at) => {
        const step = right[variable]! / own[at]!;
        pushed += this.coupled[at]! * step;
        others.forEach((other, j) => (reduced[other]! -= crossed[at]![j]! * step));
      });
      addScaled(reduced, gradient, -stiffness * pushed);
      const solved = solveKept(reduced);
      const force = stiffness * (inner(gradient, solved) + pushed);
      const whole = new Float64Array(this.problem.size);
      this.kept.forEach((variable, at) => (whole[variable] = solved[at]!));
      this.leaves.forEach(({ variable, others }, at) => {
        let total = right[variable]! - this.coupled[at]! * force;
        others.forEach((other, j) => (total -= crossed[at]![j]! * solved[other]!));
        whole[variable] = total / own[at]!;
      });
      return whole;
    };
  }
}

/** The leaves, and the one side that touches several of them; none where there is more than one such side. */
function leavesOf(
  { size, quadratic, barrier, rows, quadratics = [], scenarios }: ConstrainedProblem,
  sides: readonly Side[],
): { readonly variables: readonly number[]; readonly coupling: number } {
  const none = { variables: [], coupling: -1 };
  if (scenarios !== undefined) return none;
  const touched = new Int32Array(size);
  for (const { variables } of sides) for (const variable of variables) touched[variable]!++;
  const equations = rows.filter(({ lower, upper }) => lower === upper);
  const flat = (i: number): boolean =>
    quadratic[i * size + i] === 0 &&
    barrier[i] === 0 &&
    touched[i]! > 0 &&
    touched[i]! <= MOST_SIDES &&
    equations.every(({ coefficients }) => coefficients[i] === 0) &&
    quadratics.every(({ matrix, linear }) => matrix[i * size + i] === 0 && linear[i] === 0);
  const isLeaf = Array.from({ length: size }, (_, i) => flat(i));
  const coupling = sides.flatMap(({ variables }, at) =>
    variables.reduce((count, variable) => count + (isLeaf[variable]! ? 1 : 0), 0) > 1 ? [at] : [],
  );
  if (coupling.length > 1) return none;
  const variables = isLeaf.flatMap((leaf, i) => (leaf ? [i] : []));
  // A leaf that nothing but the coupling touches would have no curvature of its own.
  const alone = (i: number): boolean => touched[i] === 1 && (sides[coupling[0]!]?.variables.includes(i) ?? false);
  return variables.some(alone) ? none : { variables, coupling: coupling[0] ?? -1 };
}

function leafWith(variable: number, at: readonly number[], sides: readonly Side[], position: Int32Array): Leaf {
  const others = new Set<number>();
  for (const side of at) for (const other of sides[side]!.variables) if (other !== variable) others.add(other);
  const slope = (side: number, other: number): number => {
    const { variables, coefficients } = sides[side]!;
    return coefficients[variables.indexOf(other)] ?? 0;
  };
  return {
    variable,
    sides: at,
    own: Float64Array.from(at, (side) => slope(side, variable)),
    others: Int32Array.from(others, (other) => position[other]!),
    slopes: at.map((side) => Float64Array.from(others, (other) => slope(side, other))),
  };
}

/** β = Σ weight × own × slope. */
function crossedOf({ sides, own, others, slopes }: Leaf, weights: Float64Array): Float64Array {
  const total = new Float64Array(others.length);
  sides.forEach((side, k) => {
    for (let j = 0; j < total.length; j++) total[j]! += weights[side]! * own[k]! * slopes[k]![j]!;
  });
  return total;
}

/** The sum over pairs of a leaf’s sides. */
function addPairs(
  hessian: Float64Array,
  { sides, own, others, slopes }: Leaf,
  weights: Float64Array,
  total: number,
  count: number,
): void {
  for (let k = 0; k < sides.length; k++) {
    for (let l = k + 1; l < sides.length; l++) {
      const weight = weights[sides[k]!]! * (weights[sides[l]!]! / total);
      const coefficients = slopes[k]!.map((slope, j) => own[l]! * slope - own[k]! * slopes[l]![j]!);
      addOuter(hessian, { variables: others, coefficients }, weight, count);
    }
  }
}
