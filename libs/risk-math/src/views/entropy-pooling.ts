import { contradiction } from '../allocation/phase-one.js';
import { infeasible } from '../allocation/program.js';
import { requireFinite, requireIds, requireLength } from '../foundation/guards.js';
import { RiskMathError } from '../foundation/risk-math-error.js';
import { cholesky, choleskySolve } from '../linear-algebra/cholesky.js';

/** A view on the expectation of any figure of the scenarios: lower ≤ Σ pₛ valuesₛ ≤ upper. Equal sides make an equation. */
export interface ScenarioView {
  readonly id: string;
  /** By scenario: returns of an asset for a view on its mean, their squares for one on its second moment, and so on. */
  readonly values: Float64Array;
  readonly lower?: number;
  readonly upper?: number;
}

export interface EntropyPooling {
  /** Posterior probability of each scenario, all above 0. */
  readonly probabilities: Float64Array;
  /** Σ p ln (p / prior): how far the views are from the prior. */
  readonly relativeEntropy: number;
  /** exp of the posterior's entropy: how many scenarios still count. */
  readonly effectiveScenarios: number;
  /** Multiplier of each view; 0 where it changes nothing. */
  readonly multipliers: Float64Array;
  readonly iterations: number;
  /** Largest miss of a view, relative to the spread of its values. */
  readonly residual: number;
}

const MAXIMUM_ITERATIONS = 300;
const EXACT = 1e-12;
const ACCEPTED = 1e-8;

/**
 * Entropy pooling: the probabilities nearest to the prior in relative entropy that obey the views,
 *
 *     min Σ pₛ ln (pₛ / qₛ)   subject to   lower ≤ Σ pₛ xₛ ≤ upper for every view, Σ pₛ = 1.
 *
 * Its dual has a variable a view: min ln Σ qₛ exp(−λ·xₛ) + λ·bound, smooth and convex, solved by Newton's method with the
 * one-sided multipliers kept at or above 0.
 *
 * Source: Meucci, "Fully flexible views: theory and practice" (2008).
 *
 * @param prior by scenario, above 0, sum 1; equal when absent
 * @throws RiskMathError `infeasible` naming a minimal set of views that no probabilities meet; `notConverged`; `invalidInput`
 */
export function entropyPooling(
  scenarios: number,
  views: readonly ScenarioView[],
  prior?: Float64Array,
): EntropyPooling {
  const base = checkedPrior(scenarios, prior);
  const sides = sidesOf(scenarios, views);
  const pool = new Pool(base, sides);
  const iterations = pool.solve();
  if (!(pool.residual <= ACCEPTED)) {
    requirePossible(scenarios, views);
    throw new RiskMathError('notConverged', `entropy pooling stopped at a residual of ${pool.residual}`, {
      residual: pool.residual,
      iterations,
    });
  }
  const { probabilities } = pool;
  let relativeEntropy = 0;
  let entropy = 0;
  probabilities.forEach((p, s) => {
    if (p === 0) return;
    relativeEntropy += p * Math.log(p / base[s]!);
    entropy -= p * Math.log(p);
  });
  const multipliers = new Float64Array(views.length);
  sides.forEach(({ view, sign, size }, k) => (multipliers[view]! += (sign * pool.multipliers[k]!) / size));
  return {
    probabilities,
    relativeEntropy: Math.max(0, relativeEntropy),
    effectiveScenarios: Math.exp(entropy),
    multipliers,
    iterations,
    residual: pool.residual,
  };
}

/** One side of a view, Σ p x ≤ 0 or = 0 after the bound is taken off and the sizes are made alike. */
interface Side {
  readonly view: number;
  readonly sign: 1 | -1;
  readonly equation: boolean;
  readonly values: Float64Array;
  readonly size: number;
}

function checkedPrior(scenarios: number, prior: Float64Array | undefined): Float64Array {
  if (prior === undefined) return new Float64Array(scenarios).fill(1 / scenarios);
  requireLength(prior, scenarios, 'prior');
  requireFinite(prior, 'prior');
  const sum = prior.reduce((total, p) => total + p, 0);
  if (prior.some((p) => p <= 0) || Math.abs(sum - 1) > 1e-9) {
    throw new RiskMathError('invalidInput', 'prior probabilities are above 0 and sum to 1', { field: 'prior' });
  }
  return prior.map((p) => p / sum);
}

function sidesOf(scenarios: number, views: readonly ScenarioView[]): Side[] {
  requireIds(
    views.map(({ id }) => id),
    views.length,
    'views',
  );
  return views.flatMap(({ id, values, lower = -Infinity, upper = Infinity }, view) => {
    requireLength(values, scenarios, `views.${id}`);
    requireFinite(values, `views.${id}`);
    if (Number.isNaN(lower) || Number.isNaN(upper)) {
      throw new RiskMathError('invalidInput', `the bounds of view ${id} must be numbers`, {
        field: 'views',
        ids: [id],
      });
    }
    if (lower > upper) throw infeasible([id]);
    const mean = values.reduce((total, value) => total + value, 0) / scenarios;
    const size =
      Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / scenarios) || Math.abs(mean) || 1;
    const side = (sign: 1 | -1, bound: number): Side => ({
      view,
      sign,
      equation: lower === upper,
      values: values.map((value) => (sign * (value - bound)) / size),
      size,
    });
    if (lower === upper) return [side(1, upper)];
    return [...(upper < Infinity ? [side(1, upper)] : []), ...(lower > -Infinity ? [side(-1, lower)] : [])];
  });
}

class Pool {
  readonly multipliers: Float64Array;
  probabilities: Float64Array;
  residual = Infinity;

  constructor(
    private readonly prior: Float64Array,
    private readonly sides: readonly Side[],
  ) {
    this.multipliers = new Float64Array(sides.length);
    this.probabilities = prior;
  }

  solve(): number {
    let value = this.evaluate(this.multipliers);
    for (let iteration = 1; iteration <= MAXIMUM_ITERATIONS; iteration++) {
      const gradient = this.sides.map(({ values }) => -this.expectation(values));
      this.residual = gradient.reduce((most, slope, k) => Math.max(most, this.violation(k, slope)), 0);
      if (this.residual <= EXACT) return iteration;
      const free = gradient.flatMap((slope, k) => (this.held(k, slope) ? [] : [k]));
      const step = this.newton(gradient, free);
      if (step === null) return iteration;
      const reached = this.search(gradient, step, free, value);
      if (reached === null) return iteration;
      value = reached;
    }
    return MAXIMUM_ITERATIONS;
  }

  /** ln Σ q exp(−λ·x); sets the probabilities. */
  private evaluate(multipliers: Float64Array): number {
    const exponent = this.prior.map((q) => Math.log(q));
    this.sides.forEach(({ values }, k) => {
      const factor = multipliers[k]!;
      if (factor !== 0) values.forEach((value, s) => (exponent[s]! -= factor * value));
    });
    const largest = exponent.reduce((most, value) => Math.max(most, value), -Infinity);
    const raw = exponent.map((value) => Math.exp(value - largest));
    const sum = raw.reduce((total, value) => total + value, 0);
    this.probabilities = raw.map((value) => value / sum);
    return largest + Math.log(sum);
  }

  private expectation(values: Float64Array): number {
    let total = 0;
    for (let s = 0; s < values.length; s++) total += this.probabilities[s]! * values[s]!;
    return total;
  }

  /** A one-sided multiplier at 0 whose view is met. */
  private held(k: number, slope: number): boolean {
    return !this.sides[k]!.equation && this.multipliers[k] === 0 && slope >= 0;
  }

  private violation(k: number, slope: number): number {
    if (this.sides[k]!.equation) return Math.abs(slope);
    return this.multipliers[k]! > 0 ? Math.abs(slope) : Math.max(0, -slope);
  }

  private newton(gradient: readonly number[], free: readonly number[]): Float64Array | null {
    const count = free.length;
    const hessian = new Float64Array(count * count);
    for (let a = 0; a < count; a++) {
      const x = this.sides[free[a]!]!.values;
      for (let b = 0; b <= a; b++) {
        const y = this.sides[free[b]!]!.values;
        let total = -gradient[free[a]!]! * gradient[free[b]!]!;
        for (let s = 0; s < x.length; s++) total += this.probabilities[s]! * x[s]! * y[s]!;
        hessian[a * count + b] = total;
        hessian[b * count + a] = total;
      }
    }
    // Views that say the same leave the Hessian singular: a trace of the identity makes the step unique.
    for (let a = 0; a < count; a++) hessian[a * count + a]! += 1e-13 + 1e-12 * hessian[a * count + a]!;
    const factor = cholesky(hessian, count);
    return factor === null
      ? null
      : choleskySolve(
          factor,
          count,
          Float64Array.from(free, (k) => -gradient[k]!),
        );
  }

  private search(
    gradient: readonly number[],
    step: Float64Array,
    free: readonly number[],
    value: number,
  ): number | null {
    const from = this.multipliers.slice();
    const before = this.probabilities;
    for (let length = 1; length > 1e-12; length /= 2) {
      free.forEach((k, a) => {
        const next = from[k]! + length * step[a]!;
        this.multipliers[k] = this.sides[k]!.equation ? next : Math.max(0, next);
      });
      const promised = free.reduce((total, k) => total + gradient[k]! * (this.multipliers[k]! - from[k]!), 0);
      const reached = this.evaluate(this.multipliers);
      if (reached <= value + 1e-4 * promised + 1e-15) return reached;
    }
    this.multipliers.set(from);
    this.probabilities = before;
    return null;
  }
}

/** @throws RiskMathError `infeasible` with a minimal set of views that no probabilities meet */
function requirePossible(scenarios: number, views: readonly ScenarioView[]): void {
  if (possible(scenarios, views)) return;
  let kept = views;
  for (const view of views) {
    const without = kept.filter((other) => other !== view);
    if (!possible(scenarios, without)) kept = without;
  }
  throw infeasible(kept.map(({ id }) => id));
}

function possible(scenarios: number, views: readonly ScenarioView[]): boolean {
  const rows = views.map(({ values, lower = -Infinity, upper = Infinity }) => {
    const size = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    return { coefficients: values.map((value) => value / size), lower: lower / size, upper: upper / size };
  });
  const whole = { coefficients: new Float64Array(scenarios).fill(1), lower: 1, upper: 1 };
  const system = {
    lower: new Float64Array(scenarios),
    upper: new Float64Array(scenarios).fill(1),
    rows: [...rows, whole],
  };
  return contradiction(system) === null;
}
