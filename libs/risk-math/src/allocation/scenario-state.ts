/**
 * A measure of the scenarios' losses eₛ = Lₛ·y − y_quantile in a constrained problem, by an excess uₛ of each scenario:
 *
 * - `shortfall`: the objective has κ Σ uₛ with uₛ ≥ max(0, eₛ), and by `linear` of the problem the quantile itself;
 * - `shortfallLimit`: y_quantile + κ Σ uₛ ≤ limit;
 * - `squared`: the objective has ½ κ Σ uₛ² with uₛ ≥ eₛ, which has no quantile.
 */
export interface ScenarioTerm {
  readonly kind: 'shortfall' | 'shortfallLimit' | 'squared';
  /** T×n row-major, over the first n variables. */
  readonly losses: Float64Array;
  readonly scenarios: number;
  readonly assets: number;
  /** Number of the variable that is the quantile; −1 for none. */
  readonly quantile: number;
  /** κ. */
  readonly share: number;
  /** Of `shortfallLimit`. */
  readonly limit: number;
}

/** A step of the excesses u, the distances v = u − e, their multipliers p, and the limit's slack σ and multiplier ζ. */
export interface ScenarioStep {
  readonly u: Float64Array;
  readonly v: Float64Array;
  readonly p: Float64Array;
  readonly slack: number;
  readonly multiplier: number;
}

/** What the right-hand side needs again once the step of the variables is known. */
export interface ScenarioPush {
  /** (μ − q u) / q. */
  readonly excess: Float64Array;
  /** Part of the multipliers' step that does not depend on the variables' step. */
  readonly fixed: Float64Array;
  readonly slack: number;
  readonly limit: number;
}

/**
 * The part of a primal-dual interior point that belongs to the scenarios. pₛ vₛ = μ and, of a shortfall, (κζ − pₛ) uₛ = μ, ζ = 1
 * in an objective. Each scenario's unknowns are eliminated, so that a step solves no more equations than there are variables,
 * however many scenarios there are; the limit's ζ is one more variable, eliminated last.
 */
export class ScenarioState {
  private readonly u: Float64Array;
  private readonly v: Float64Array;
  private readonly p: Float64Array;
  private slack = 0;
  private multiplier = 1;
  /** eₛ at the present point. */
  private readonly excess: Float64Array;
  /** u/q, or 1/κ of squares. */
  private readonly ease: Float64Array;
  /** Curvature of each scenario. */
  private readonly curvature: Float64Array;
  /** ∇ of the limit with the scenarios eliminated, and its own curvature. */
  private readonly gradient: Float64Array;
  private stiffness = 1;
  private quantile = 0;

  constructor(
    private readonly term: ScenarioTerm,
    y: Float64Array,
    product: number,
  ) {
    const { scenarios, share, kind, limit } = term;
    this.excess = new Float64Array(scenarios);
    this.ease = new Float64Array(scenarios);
    this.curvature = new Float64Array(scenarios);
    this.gradient = new Float64Array(y.length);
    this.refresh(y);
    if (kind === 'squared') {
      this.p = this.excess.map((e) => stableRoot(share * e, share * product));
      this.u = this.p.map((p) => p / share);
      this.v = this.u.map((u, s) => u - this.excess[s]!);
      return;
    }
    if (kind === 'shortfallLimit') {
      // The excesses of the start, so that the limit's slack is near what it will be.
      const value = y[term.quantile]! + share * this.excess.reduce((total, e) => total + Math.max(0, e), 0);
      this.slack = Math.max(limit - value, Math.abs(limit), product);
      this.multiplier = product / this.slack;
    }
    // p and u with p v = q u = μ for every scenario: no start is near a face of the set.
    const most = share * this.multiplier;
    this.p = this.excess.map((e) => {
      const reach = -e * most;
      return (2 * product * most) / (reach + 2 * product + Math.hypot(reach, 2 * product));
    });
    this.u = this.p.map((p) => product / (most - p));
    this.v = this.p.map((p) => product / p);
  }

  /** Weights of the scenarios at the present point: the multipliers pₛ. */
  get weights(): Float64Array {
    return this.p;
  }

  /** ζ: what the limit costs, 1 in an objective. */
  get price(): number {
    return this.multiplier;
  }

  private get limited(): boolean {
    return this.term.kind === 'shortfallLimit';
  }

  private get squared(): boolean {
    return this.term.kind === 'squared';
  }

  /** qₛ. */
  private below(s: number): number {
    return this.term.share * this.multiplier - this.p[s]!;
  }

  /** Losses at the point y. */
  refresh(y: Float64Array): void {
    this.along(y, this.excess);
    this.quantile = this.term.quantile < 0 ? 0 : y[this.term.quantile]!;
  }

  private along(y: Float64Array, result: Float64Array): void {
    const { losses, scenarios, assets, quantile } = this.term;
    const base = quantile < 0 ? 0 : y[quantile]!;
    for (let s = 0; s < scenarios; s++) {
      let total = -base;
      const row = s * assets;
      for (let i = 0; i < assets; i++) total += losses[row + i]! * y[i]!;
      result[s] = total;
    }
  }

  /** target += factor × Σ weightₛ ∇eₛ. */
  private addWeighted(target: Float64Array, weights: Float64Array, factor: number): void {
    const { losses, scenarios, assets, quantile } = this.term;
    let mass = 0;
    for (let s = 0; s < scenarios; s++) {
      const weight = factor * weights[s]!;
      const row = s * assets;
      mass += weight;
      for (let i = 0; i < assets; i++) target[i]! += weight * losses[row + i]!;
    }
    if (quantile >= 0) target[quantile]! -= mass;
  }

  /** The gradient of the Lagrangian's part of the scenarios. */
  addSlope(target: Float64Array): void {
    this.addWeighted(target, this.p, 1);
    if (this.limited) target[this.term.quantile]! += this.multiplier;
  }

  /** Adds the curvature that is left when the scenarios are eliminated. */
  addCurvature(hessian: Float64Array, size: number): void {
    const { losses, scenarios, assets, quantile, share } = this.term;
    for (let s = 0; s < scenarios; s++) {
      this.ease[s] = this.squared ? 1 / share : this.u[s]! / this.below(s);
      const weight = 1 / (this.ease[s]! + this.v[s]! / this.p[s]!);
      this.curvature[s] = weight;
      const row = s * assets;
      for (let i = 0; i < assets; i++) {
        const scaled = weight * losses[row + i]!;
        const at = i * size;
        for (let j = 0; j <= i; j++) hessian[at + j]! += scaled * losses[row + j]!;
        if (quantile >= 0) hessian[quantile * size + i]! -= scaled;
      }
      if (quantile >= 0) hessian[quantile * size + quantile]! += weight;
    }
    if (!this.limited) return;
    this.gradient.fill(0);
    this.addWeighted(
      this.gradient,
      this.curvature.map((weight, s) => weight * this.ease[s]!),
      share,
    );
    this.gradient[quantile]! += 1;
    this.stiffness = this.slack / this.multiplier;
    for (let s = 0; s < scenarios; s++) {
      this.stiffness += share * share * this.ease[s]! * (1 - this.ease[s]! * this.curvature[s]!);
    }
    for (let i = 0; i < size; i++) {
      const scaled = this.gradient[i]! / this.stiffness;
      for (let j = 0; j <= i; j++) hessian[i * size + j]! += scaled * this.gradient[j]!;
    }
  }

  /** Adds the right-hand side of a step towards products of `target`; Newton's second order by the predictor. */
  addRight(right: Float64Array, target: number, predictor: ScenarioStep | undefined): ScenarioPush {
    const { scenarios, share, limit } = this.term;
    const excess = new Float64Array(scenarios);
    const fixed = new Float64Array(scenarios);
    let total = 0;
    for (let s = 0; s < scenarios; s++) {
      const p = this.p[s]!;
      const second = predictor === undefined ? 0 : predictor.p[s]! * predictor.v[s]!;
      const miss = this.v[s]! - this.u[s]! + this.excess[s]!;
      if (!this.squared) {
        const q = this.below(s);
        const bent = predictor === undefined ? 0 : (share * predictor.multiplier - predictor.p[s]!) * predictor.u[s]!;
        excess[s] = (target - q * this.u[s]! - bent) / q;
      }
      fixed[s] = this.curvature[s]! * ((target - p * this.v[s]! - second) / p - excess[s]! + miss);
      total += this.u[s]! + excess[s]! + this.ease[s]! * fixed[s]!;
    }
    this.addWeighted(right, fixed, -1);
    if (!this.limited) return { excess, fixed, slack: 0, limit: 0 };
    const bent = predictor === undefined ? 0 : predictor.slack * predictor.multiplier;
    const slack = (target - this.slack * this.multiplier - bent) / this.multiplier;
    const reached = this.quantile + share * total + this.slack - limit;
    const short = -reached - slack;
    for (let i = 0; i < right.length; i++) right[i]! += (this.gradient[i]! * short) / this.stiffness;
    return { excess, fixed, slack, limit: short };
  }

  /** The step of the scenarios that belongs to a step of the variables. */
  complete(dy: Float64Array, push: ScenarioPush): ScenarioStep {
    const { scenarios, share } = this.term;
    const moved = new Float64Array(scenarios);
    this.along(dy, moved);
    let multiplier = 0;
    if (this.limited) {
      for (let i = 0; i < dy.length; i++) multiplier += this.gradient[i]! * dy[i]!;
      multiplier = (multiplier - push.limit) / this.stiffness;
    }
    const u = new Float64Array(scenarios);
    const v = new Float64Array(scenarios);
    const p = new Float64Array(scenarios);
    for (let s = 0; s < scenarios; s++) {
      const eased = this.ease[s]! * share * multiplier;
      p[s] = this.curvature[s]! * (moved[s]! + eased) + push.fixed[s]!;
      u[s] = this.ease[s]! * p[s]! + push.excess[s]! - eased;
      v[s] = u[s]! - moved[s]! - (this.v[s]! - this.u[s]! + this.excess[s]!);
    }
    const slack = this.limited ? push.slack - (this.slack / this.multiplier) * multiplier : 0;
    return { u, v, p, slack, multiplier };
  }

  /** How much of a step, at most `length`, keeps every part positive. */
  reach(step: ScenarioStep, part: number, length: number): number {
    const { scenarios, share } = this.term;
    let result = length;
    const limit = (value: number, by: number): void => {
      if (by < 0) result = Math.min(result, (-part * value) / by);
    };
    for (let s = 0; s < scenarios; s++) {
      limit(this.v[s]!, step.v[s]!);
      limit(this.p[s]!, step.p[s]!);
      if (this.squared) continue;
      limit(this.u[s]!, step.u[s]!);
      limit(this.below(s), share * step.multiplier - step.p[s]!);
    }
    limit(this.slack, step.slack);
    limit(this.multiplier, step.multiplier);
    return result;
  }

  move(step: ScenarioStep, length: number): void {
    for (let s = 0; s < this.term.scenarios; s++) {
      this.u[s]! += length * step.u[s]!;
      this.v[s]! += length * step.v[s]!;
      this.p[s]! += length * step.p[s]!;
    }
    this.slack += length * step.slack;
    this.multiplier += length * step.multiplier;
  }

  /** Products that go to 0: how many, and their sum after a part of a step. */
  get pairs(): number {
    return this.term.scenarios * (this.squared ? 1 : 2) + (this.limited ? 1 : 0);
  }

  products(step: ScenarioStep | null, length: number): number {
    const { scenarios, share } = this.term;
    const multiplier = this.multiplier + length * (step?.multiplier ?? 0);
    let total = this.limited ? multiplier * (this.slack + length * (step?.slack ?? 0)) : 0;
    for (let s = 0; s < scenarios; s++) {
      const p = this.p[s]! + length * (step?.p[s] ?? 0);
      total += p * (this.v[s]! + length * (step?.v[s] ?? 0));
      if (!this.squared) total += (share * multiplier - p) * (this.u[s]! + length * (step?.u[s] ?? 0));
    }
    return total;
  }

  /**
   * Largest violation of the scenarios' own conditions.
   *
   * @param length of the variables, which losses are measured in
   * @param steepness of the objective, which multipliers are measured in
   */
  residual(length: number, steepness: number): number {
    const { scenarios, share, limit } = this.term;
    let worst = 0;
    let total = 0;
    for (let s = 0; s < scenarios; s++) {
      const miss = Math.abs(this.v[s]! - this.u[s]! + this.excess[s]!);
      worst = Math.max(worst, miss / length, Math.min(this.v[s]! / length, this.p[s]! / steepness));
      if (!this.squared) worst = Math.max(worst, Math.min(this.u[s]! / length, this.below(s) / steepness));
      total += this.u[s]!;
    }
    if (!this.limited) return worst;
    const missed = Math.abs(this.quantile + share * total + this.slack - limit);
    return Math.max(worst, missed / length, Math.min(this.slack / length, this.multiplier / steepness));
  }
}

/** The positive root of p² − bp − c, c > 0. */
function stableRoot(b: number, c: number): number {
  const root = Math.hypot(b, 2 * Math.sqrt(c));
  return b > 0 ? (b + root) / 2 : (2 * c) / (root - b);
}
