/** min ½ xᵀQx + qᵀx over lower ≤ x ≤ upper, aᵀx = total. Lower bounds are finite. */
export interface BoxProgram {
  readonly size: number;
  /** n×n, symmetric. */
  readonly quadratic: Float64Array;
  readonly linear: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** `null` for none. */
  readonly row: Float64Array | null;
  readonly total: number;
}

export interface BoxOptimum {
  readonly variables: Float64Array;
  readonly iterations: number;
  /** Largest violation of the optimality conditions over the largest slope. */
  readonly residual: number;
  /** Signed: positive at an upper bound, negative at a lower. */
  readonly boundMultipliers: Float64Array;
  readonly rowMultiplier: number;
}

/** A pivot below this part of its variance makes the free assets dependent. */
const DEPENDENT = 1e-11;
const OPTIMAL = 1e-13;
/** How much of the equation may be lost to rounding. */
const LOST = 1e-12;

/**
 * Primal active-set method for bounds and one equation. The free variables grow and shrink one at a time with the Cholesky
 * factor of their part of Q, so that the work goes with the few assets an optimum holds and not with all of them
 * (Nocedal and Wright, "Numerical Optimization", 2006, section 16.5).
 *
 * @returns `null` where Q is singular on the free variables, or the steps come to nothing: for the interior-point method
 */
export function solveBox(program: BoxProgram): BoxOptimum | null {
  const start = feasibleStart(program);
  return start === null ? null : new ActiveSet(program, start).run();
}

/** The lower bounds, filled up to the total with the assets of least variance. */
function feasibleStart({ size, quadratic, lower, upper, row, total }: BoxProgram): Float64Array | null {
  const x = lower.slice();
  if (row === null) return x;
  let missing = total;
  for (let i = 0; i < size; i++) missing -= row[i]! * x[i]!;
  const order = Array.from({ length: size }, (_, i) => i).filter((i) => row[i]! * missing > 0);
  const price = (i: number): number => quadratic[i * size + i]! / (row[i]! * row[i]!);
  if (order.every((i) => upper[i] === Infinity)) {
    const best = order.reduce((least, i) => (least < 0 || price(i) < price(least) ? i : least), -1);
    if (best < 0) return missing === 0 ? x : null;
    x[best]! += missing / row[best]!;
    return x;
  }
  order.sort((a, b) => price(a) - price(b));
  for (const i of order) {
    const step = Math.min(upper[i]! - x[i]!, missing / row[i]!);
    x[i]! += step;
    missing -= step * row[i]!;
    if (step < upper[i]! - lower[i]!) return x;
  }
  return Math.abs(missing) <= 1e-12 * Math.abs(total) ? x : null;
}

class ActiveSet {
  private readonly gradient: Float64Array;
  /** The free variables, in the order of the factor's rows. */
  private readonly free: number[] = [];
  private readonly place: Int8Array;
  /** Lower factor of Q on the free variables, row-major with `stride`. */
  private factor = new Float64Array(0);
  private stride = 0;
  private multiplier = 0;
  private iterations = 0;

  constructor(
    private readonly program: BoxProgram,
    private readonly x: Float64Array,
  ) {
    const { size, lower, upper } = program;
    this.gradient = new Float64Array(size);
    this.place = new Int8Array(size);
    for (let i = 0; i < size; i++) this.place[i] = x[i] === lower[i] ? -1 : x[i] === upper[i] ? 1 : 0;
  }

  run(): BoxOptimum | null {
    const { size, row } = this.program;
    this.computeGradient();
    for (let i = 0; i < size; i++) if (this.place[i] === 0 && !this.release(i)) return null;
    if (row !== null && this.free.length === 0 && !this.release(this.firstMovable())) return null;
    const limit = 50 + 10 * size;
    while (this.iterations++ < limit) {
      const direction = this.direction();
      const { length, blocking } = this.stepLength(direction);
      this.move(direction, length);
      if (blocking >= 0) {
        this.fix(blocking, direction[blocking]! < 0 ? -1 : 1);
        if (row !== null && this.free.length === 0 && !this.release(this.firstMovable())) return null;
        continue;
      }
      const entering = this.mostViolated();
      if (entering < 0) return this.optimum();
      if (!this.release(entering)) return null;
    }
    return null;
  }

  private firstMovable(): number {
    const { row, lower, upper } = this.program;
    return Array.from(row!.keys()).find((i) => row![i] !== 0 && lower[i]! < upper[i]!) ?? 0;
  }

  private computeGradient(): void {
    const { size, quadratic, linear } = this.program;
    this.gradient.set(linear);
    for (let j = 0; j < size; j++) if (this.x[j] !== 0) axpy(this.gradient, quadratic, j * size, this.x[j]!);
  }

  /** Newton step on the free variables that keeps the equation. */
  private direction(): Float64Array {
    const count = this.free.length;
    const u = Float64Array.from(this.free, (i) => this.gradient[i]!);
    this.forward(u);
    const { row } = this.program;
    this.multiplier = 0;
    if (row !== null) {
      const v = Float64Array.from(this.free, (i) => row[i]!);
      this.forward(v);
      let uv = 0;
      let vv = 0;
      for (let k = 0; k < count; k++) {
        uv += u[k]! * v[k]!;
        vv += v[k]! * v[k]!;
      }
      this.multiplier = vv > 0 ? -uv / vv : 0;
      for (let k = 0; k < count; k++) u[k]! += this.multiplier * v[k]!;
    }
    for (let k = count - 1; k >= 0; k--) {
      const value = u[k]! / this.factor[k * this.stride + k]!;
      u[k] = -value;
      for (let j = 0; j < k; j++) u[j]! -= value * this.factor[k * this.stride + j]!;
    }
    return u;
  }

  private forward(values: Float64Array): void {
    for (let k = 0; k < values.length; k++) {
      let total = values[k]!;
      const offset = k * this.stride;
      for (let j = 0; j < k; j++) total -= this.factor[offset + j]! * values[j]!;
      values[k] = total / this.factor[offset + k]!;
    }
  }

  private stepLength(direction: Float64Array): { length: number; blocking: number } {
    const { lower, upper } = this.program;
    let length = 1;
    let blocking = -1;
    for (let k = 0; k < direction.length; k++) {
      const step = direction[k]!;
      if (step === 0) continue;
      const i = this.free[k]!;
      const room = (step < 0 ? lower[i]! : upper[i]!) - this.x[i]!;
      if (room / step < length) {
        length = Math.max(0, room / step);
        blocking = k;
      }
    }
    return { length, blocking };
  }

  private move(direction: Float64Array, length: number): void {
    if (length === 0) return;
    const { size, quadratic } = this.program;
    for (let k = 0; k < direction.length; k++) {
      const step = length * direction[k]!;
      if (step === 0) continue;
      const i = this.free[k]!;
      this.x[i]! += step;
      axpy(this.gradient, quadratic, i * size, step);
    }
  }

  private mostViolated(): number {
    const { size, quadratic, row, lower, upper } = this.program;
    let scale = 0;
    for (let k = 0; k < this.free.length; k++) scale = Math.max(scale, Math.abs(this.gradient[this.free[k]!]!));
    let worst = 0;
    let entering = -1;
    for (let i = 0; i < size; i++) {
      if (this.place[i] === 0 || lower[i] === upper[i]) continue;
      const slope = this.gradient[i]! + (row === null ? 0 : this.multiplier * row[i]!);
      if (slope * this.place[i]! <= OPTIMAL * Math.max(scale, Math.abs(this.gradient[i]!))) continue;
      const gain = (slope * slope) / Math.max(quadratic[i * size + i]!, Number.MIN_VALUE);
      if (gain > worst) {
        worst = gain;
        entering = i;
      }
    }
    return entering;
  }

  /** `false` when the variable depends on those that are free already. */
  private release(i: number): boolean {
    const { size, quadratic } = this.program;
    const count = this.free.length;
    if (count === this.stride) this.grow();
    const offset = count * this.stride;
    let pivot = quadratic[i * size + i]!;
    const whole = pivot;
    for (let k = 0; k < count; k++) {
      let total = quadratic[i * size + this.free[k]!]!;
      const other = k * this.stride;
      for (let j = 0; j < k; j++) total -= this.factor[other + j]! * this.factor[offset + j]!;
      const value = total / this.factor[other + k]!;
      this.factor[offset + k] = value;
      pivot -= value * value;
    }
    if (!(pivot > DEPENDENT * whole)) return false;
    this.factor[offset + count] = Math.sqrt(pivot);
    this.free.push(i);
    this.place[i] = 0;
    return true;
  }

  private grow(): void {
    const wider = Math.min(this.program.size, Math.max(16, 2 * this.stride));
    const next = new Float64Array(wider * wider);
    for (let k = 0; k < this.stride; k++) {
      next.set(this.factor.subarray(k * this.stride, (k + 1) * this.stride), k * wider);
    }
    this.factor = next;
    this.stride = wider;
  }

  /** Takes the k-th free variable out: Givens rotations make the factor triangular again. */
  private fix(k: number, side: -1 | 1): void {
    const { lower, upper } = this.program;
    const i = this.free[k]!;
    this.place[i] = side;
    this.x[i] = side < 0 ? lower[i]! : upper[i]!;
    const { factor, stride } = this;
    const last = this.free.length - 1;
    for (let row = k; row < last; row++) {
      factor.copyWithin(row * stride, (row + 1) * stride, (row + 1) * stride + row + 2);
    }
    this.free.splice(k, 1);
    for (let column = k; column < last; column++) {
      const a = factor[column * stride + column]!;
      const b = factor[column * stride + column + 1]!;
      const radius = Math.hypot(a, b);
      const cosine = a / radius;
      const sine = b / radius;
      for (let row = column; row < last; row++) {
        const left = factor[row * stride + column]!;
        const right = factor[row * stride + column + 1]!;
        factor[row * stride + column] = cosine * left + sine * right;
        factor[row * stride + column + 1] = cosine * right - sine * left;
      }
    }
  }

  /** One more Newton step from exact slopes takes out what the updates have gathered. */
  private optimum(): BoxOptimum | null {
    const { size, row, lower, upper } = this.program;
    this.computeGradient();
    const direction = this.direction();
    const { length } = this.stepLength(direction);
    if (length === 1) {
      this.move(direction, 1);
      this.computeGradient();
    }
    if (this.lost() > LOST) return null;
    const boundMultipliers = new Float64Array(size);
    let steepness = 0;
    let worst = 0;
    for (let i = 0; i < size; i++) {
      const slope = this.gradient[i]! + (row === null ? 0 : this.multiplier * row[i]!);
      steepness = Math.max(steepness, Math.abs(this.gradient[i]!));
      const held = (this.place[i]! < 0 && slope > 0) || (this.place[i]! > 0 && slope < 0) || lower[i] === upper[i];
      if (held) boundMultipliers[i] = -slope;
      else worst = Math.max(worst, Math.abs(slope));
    }
    return {
      variables: this.x,
      iterations: this.iterations,
      residual: steepness > 0 ? worst / steepness : 0,
      boundMultipliers,
      rowMultiplier: this.multiplier,
    };
  }

  /** What the steps have lost of the equation: much, where the free part of Q is as good as singular. */
  private lost(): number {
    const { row, total } = this.program;
    if (row === null) return 0;
    let value = 0;
    let size = Math.abs(total);
    for (let i = 0; i < row.length; i++) {
      const term = row[i]! * this.x[i]!;
      value += term;
      size += Math.abs(term);
    }
    return size > 0 ? Math.abs(value - total) / size : 0;
  }
}

function axpy(target: Float64Array, source: Float64Array, offset: number, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * source[offset + i]!;
}
