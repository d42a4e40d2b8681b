import { inverted } from '../linear-algebra/inverse.js';
import { ShortfallColumns, type ShortfallProgram } from './shortfall-columns.js';

export interface ShortfallOptimum {
  readonly variables: Float64Array;
  /** t: the value at risk. */
  readonly quantile: number;
  /** pₛ: what each scenario weighs in the tail; sums to 1. */
  readonly tail: Float64Array;
  readonly boundMultipliers: Float64Array;
  readonly rowMultipliers: Float64Array;
  /** Value of the dual program: no x does better. */
  readonly bound: number;
  readonly iterations: number;
}

const OPTIMAL = 1e-11;
const PIVOT = 1e-9;
const REFACTOR = 40;

/**
 * The dual has a row for each variable and one for Σpₛ = 1, and a column for each scenario, row side and bound, so that its
 * basis is as small as the portfolio: the simplex method with bounded variables on it prices all scenarios by one pass over
 * the losses and takes into the basis only the few days of the tail. It is the cutting-plane method on the days, seen from
 * the other side (Künzi-Bay and Mayer, "Computational aspects of minimizing conditional value-at-risk", 2006).
 *
 * @returns `null` when the dual is without end: the constraints clash
 */
export function solveShortfall(program: ShortfallProgram): ShortfallOptimum | null {
  return new DualSimplex(program).run();
}

class DualSimplex {
  private readonly height: number;
  private readonly columns: ShortfallColumns;
  private readonly basis: Int32Array;
  private readonly basic: Float64Array;
  /** B⁻¹, row-major. */
  private inverse: Float64Array;
  private readonly atUpper: Uint8Array;
  private readonly inBasis: Uint8Array;
  /** Simplex multipliers: −x and −t. */
  private readonly multipliers: Float64Array;
  private readonly column: Float64Array;
  private readonly entered: Float64Array;
  private iterations = 0;

  constructor(private readonly program: ShortfallProgram) {
    const { size, scenarios } = program;
    this.columns = new ShortfallColumns(program);
    this.height = size + 1;
    this.basis = new Int32Array(this.height);
    this.basic = new Float64Array(this.height);
    this.inverse = new Float64Array(this.height * this.height);
    this.atUpper = new Uint8Array(scenarios);
    this.inBasis = new Uint8Array(this.columns.count);
    this.multipliers = new Float64Array(this.height);
    this.column = new Float64Array(this.height);
    this.entered = new Float64Array(this.height);
  }

  run(): ShortfallOptimum | null {
    this.start();
    const patience = 50 * (this.height + 40);
    let degenerate = 0;
    for (;;) {
      if (this.iterations % REFACTOR === 0) this.refactor();
      this.computeMultipliers();
      let entering = this.price(degenerate > 3 * this.height);
      if (entering < 0) {
        this.refactor();
        this.computeMultipliers();
        entering = this.price(false);
        if (entering < 0) return this.optimum();
      }
      const length = this.step(entering);
      if (length === Infinity || this.iterations > patience) return null;
      degenerate = length > 0 ? 0 : degenerate + 1;
      this.iterations++;
    }
  }

  /** The tail of the lower bounds' losses, and for every variable the bound its slope points to. */
  private start(): void {
    const { size, scenarios, assets, losses, share, lower, upper, linear } = this.program;
    const slope = linear.slice();
    if (share > 0) {
      const value = new Float64Array(scenarios);
      for (let s = 0; s < scenarios; s++) {
        for (let i = 0; i < assets; i++) {
          value[s]! += losses[s * assets + i]! * (upper[i]! - lower[i]! < 2 ? (lower[i]! + upper[i]!) / 2 : 1 / assets);
        }
      }
      const order = Array.from(value.keys()).sort((a, b) => value[b]! - value[a]!);
      const whole = Math.min(scenarios - 1, Math.floor(1 / share + 1e-9));
      let left = 1;
      for (let rank = 0; rank < whole; rank++) {
        this.atUpper[order[rank]!] = 1;
        left -= share;
        for (let i = 0; i < assets; i++) slope[i]! += share * losses[order[rank]! * assets + i]!;
      }
      const boundary = order[whole]!;
      this.basis[size] = this.columns.firstScenario + boundary;
      for (let i = 0; i < assets; i++) slope[i]! += Math.max(0, left) * losses[boundary * assets + i]!;
    } else {
      this.basis[size] = -1;
    }
    for (let i = 0; i < size; i++) this.basis[i] = slope[i]! >= 0 ? i : size + i;
    for (const column of this.basis) if (column >= 0) this.inBasis[column] = 1;
  }

  private refactor(): void {
    const { height } = this;
    const matrix = new Float64Array(height * height);
    for (let at = 0; at < height; at++) {
      this.columns.fill(this.basis[at]!, this.column);
      for (let row = 0; row < height; row++) matrix[row * height + at] = this.column[row]!;
    }
    this.inverse = inverted(matrix, height);
    const right = new Float64Array(height);
    const { linear, size, share } = this.program;
    for (let i = 0; i < size; i++) right[i] = linear[i]!;
    right[size] = share > 0 ? 1 : 0;
    for (let s = 0; s < this.atUpper.length; s++) {
      if (this.atUpper[s] === 0) continue;
      this.columns.fill(this.columns.firstScenario + s, this.column);
      const limit = share * this.columns.unit;
      for (let row = 0; row < height; row++) right[row]! -= limit * this.column[row]!;
    }
    for (let at = 0; at < height; at++) {
      let total = 0;
      for (let row = 0; row < height; row++) total += this.inverse[at * height + row]! * right[row]!;
      this.basic[at] = total;
    }
  }

  private computeMultipliers(): void {
    const { height } = this;
    this.multipliers.fill(0);
    for (let at = 0; at < height; at++) {
      const cost = this.columns.cost(this.basis[at]!);
      if (cost === 0) continue;
      for (let row = 0; row < height; row++) this.multipliers[row]! += cost * this.inverse[at * height + row]!;
    }
  }

  /** The column that promises most for its length; the first that promises anything when `bland`. */
  private price(bland: boolean): number {
    const { size, rows, lower, upper, losses, assets, scenarios, share } = this.program;
    const pi = this.multipliers;
    let best = 0;
    let entering = -1;
    const consider = (column: number, gain: number, scale: number): void => {
      if (gain <= OPTIMAL * scale || (bland && entering >= 0)) return;
      const score = (gain * gain) / this.columns.weight[column]!;
      if (score > best) {
        best = score;
        entering = column;
      }
    };
    // x = −π: a lower bound is missed when −lower − π < 0.
    for (let i = 0; i < size; i++) {
      const x = -pi[i]!;
      if (this.inBasis[i] === 0) consider(i, lower[i]! - x, 1 + Math.abs(x));
      if (this.inBasis[size + i] === 0) consider(size + i, x - upper[i]!, 1 + Math.abs(x));
    }
    for (let r = 0; r < rows.length; r++) {
      const { coefficients } = rows[r]!;
      let value = 0;
      for (let i = 0; i < size; i++) value -= coefficients[i]! * pi[i]!;
      const scale = 1 + Math.abs(value);
      if (this.inBasis[this.columns.firstRow + r] === 0)
        consider(this.columns.firstRow + r, rows[r]!.lower - value, scale);
      const above = this.columns.firstRow + rows.length + r;
      if (this.inBasis[above] === 0) consider(above, value - rows[r]!.upper, scale);
    }
    if (share === 0) return entering;
    const { inBasis, atUpper } = this;
    const { firstScenario, unit, weight } = this.columns;
    const x = pi.map((value) => -value);
    const t = x[size]!;
    const threshold = OPTIMAL * unit;
    for (let s = 0; s < scenarios; s++) {
      let excess = -t;
      const row = s * assets;
      for (let i = 0; i < assets; i++) excess += losses[row + i]! * x[i]!;
      // The day belongs into the tail when its loss is above t.
      const gain = atUpper[s] === 1 ? -excess : excess;
      if (gain <= threshold || inBasis[firstScenario + s] === 1) continue;
      if (bland) return firstScenario + s;
      const score = (gain * gain) / (weight[firstScenario + s]! * unit * unit);
      if (score > best) {
        best = score;
        entering = firstScenario + s;
      }
    }
    return entering;
  }

  /** Moves the entering column; @returns how far, Infinity when nothing stops it */
  private step(entering: number): number {
    const { height, entered } = this;
    this.columns.fill(entering, this.column);
    const scenario = entering - this.columns.firstScenario;
    const direction = scenario >= 0 && this.atUpper[scenario] === 1 ? -1 : 1;
    for (let at = 0; at < height; at++) {
      let total = 0;
      const offset = at * height;
      for (let row = 0; row < height; row++) total += this.inverse[offset + row]! * this.column[row]!;
      entered[at] = total;
    }
    let length = this.columns.limit(entering);
    let leaving = -1;
    let toUpper = false;
    for (let at = 0; at < height; at++) {
      const change = -direction * entered[at]!;
      if (Math.abs(change) <= PIVOT || this.basis[at]! < 0) continue;
      const limit = this.columns.limit(this.basis[at]!);
      const reach = Math.max(0, change < 0 ? this.basic[at]! / -change : (limit - this.basic[at]!) / change);
      // Of equal reaches the largest pivot.
      const near = reach <= length * (1 + 1e-12) && leaving >= 0;
      const better = near
        ? reach < length * (1 - 1e-12) || Math.abs(change) > Math.abs(entered[leaving]!)
        : reach < length;
      if (better) {
        length = Math.min(length, reach);
        leaving = at;
        toUpper = change > 0;
      }
    }
    if (length === Infinity) return length;
    for (let at = 0; at < height; at++) this.basic[at]! -= direction * length * entered[at]!;
    if (leaving < 0) {
      this.atUpper[scenario] = this.atUpper[scenario] === 1 ? 0 : 1;
      return length;
    }
    this.exchange(entering, leaving, toUpper, direction > 0 ? length : this.columns.limit(entering) - length);
    return length;
  }

  private exchange(entering: number, leaving: number, toUpper: boolean, value: number): void {
    const { height, inverse, entered } = this;
    const left = this.basis[leaving]!;
    this.inBasis[left] = 0;
    if (left >= this.columns.firstScenario) this.atUpper[left - this.columns.firstScenario] = toUpper ? 1 : 0;
    this.inBasis[entering] = 1;
    if (entering >= this.columns.firstScenario) this.atUpper[entering - this.columns.firstScenario] = 0;
    this.basis[leaving] = entering;
    this.basic[leaving] = value;
    const pivot = entered[leaving]!;
    const base = leaving * height;
    for (let row = 0; row < height; row++) inverse[base + row]! /= pivot;
    for (let at = 0; at < height; at++) {
      const factor = entered[at]!;
      if (at === leaving || factor === 0) continue;
      const offset = at * height;
      for (let row = 0; row < height; row++) inverse[offset + row]! -= factor * inverse[base + row]!;
    }
  }

  private optimum(): ShortfallOptimum {
    const { size, rows, scenarios, share } = this.program;
    const variables = Float64Array.from({ length: size }, (_, i) => -this.multipliers[i]!);
    const boundMultipliers = new Float64Array(size);
    const rowMultipliers = new Float64Array(rows.length);
    const tail = Float64Array.from({ length: scenarios }, (_, s) => (this.atUpper[s] === 1 ? share : 0));
    let bound = 0;
    this.basis.forEach((column, at) => {
      if (column < 0) return;
      const value = this.basic[at]!;
      const index = this.columns.indexOf(column);
      bound -= value * this.columns.cost(column);
      const kind = this.columns.kindOf(column);
      if (kind === 'scenario') tail[index] = value / this.columns.unit;
      else if (kind === 'lower') boundMultipliers[index]! -= value;
      else if (kind === 'upper') boundMultipliers[index]! += value;
      else rowMultipliers[index]! += kind === 'rowUpper' ? value : -value;
    });
    return {
      variables,
      quantile: -this.multipliers[size]!,
      tail,
      boundMultipliers,
      rowMultipliers,
      bound,
      iterations: this.iterations,
    };
  }
}
