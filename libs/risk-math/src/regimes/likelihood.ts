import { inverse } from '../linear-algebra/linear-system.js';
import type { SmoothObjective } from '../minimisation/minimise.js';
import { type Passes, backward, createPasses, forward } from './forward-backward.js';
import type { Layout } from './layout.js';
import type { RegimeParameters } from './types.js';

/** The negative log-likelihood over the free parameters; its gradient is the expected score of the complete data (Fisher's identity). */
export class RegimeLikelihood implements SmoothObjective {
  readonly size: number;
  private readonly passes: Passes;

  constructor(
    private readonly returns: Float64Array,
    private readonly layout: Layout,
  ) {
    this.size = layout.size;
    this.passes = createPasses(returns.length, layout.states);
  }

  value(at: Float64Array): number {
    const parameters = this.parameters(at);
    if (parameters === null) return Infinity;
    const value = -forward(this.returns, parameters, this.passes);
    return Number.isFinite(value) ? value : Infinity;
  }

  gradient(at: Float64Array, out: Float64Array): number {
    const parameters = this.parameters(at);
    if (parameters === null) return Infinity;
    const value = -forward(this.returns, parameters, this.passes);
    if (!Number.isFinite(value)) return Infinity;
    const moves = backward(this.returns.length, parameters, this.passes);
    this.emissions(parameters, out);
    const { states } = this.layout;
    for (let i = 0; i < states; i++) {
      for (let j = 0; j < states; j++) {
        if (j !== i) out[this.layout.moveAt(i, j)] = moves[i * states + i]! - moves[i * states + j]!;
      }
    }
    this.start(parameters, out);
    return value;
  }

  /** Information of the complete data: larger than that of the data, so that the first steps are cautious. */
  curvature(at: Float64Array): Float64Array {
    const { layout, size } = this;
    const { states } = layout;
    const result = new Float64Array(size * size);
    const parameters = this.parameters(at)!;
    forward(this.returns, parameters, this.passes);
    const moves = backward(this.returns.length, parameters, this.passes);
    const days = this.daysByState();
    for (let k = 0; k < states; k++) {
      const variance = parameters.variances[k]!;
      const place = layout.variancesAt + k;
      result[place * size + place] = (days[k]! + 1) / (2 * variance * variance);
      if (layout.variancesAt > 0) result[k * size + k] = (days[k]! + 1) / variance;
      const stays = moves[k * states + k]! / Math.max(1e-6, parameters.transition[k * states + k]!);
      for (let j = 0; j < states; j++) {
        if (j === k) continue;
        const from = layout.moveAt(k, j);
        const probability = Math.max(1e-4, parameters.transition[k * states + j]!);
        for (let l = 0; l < states; l++) if (l !== k) result[from * size + layout.moveAt(k, l)]! += stays;
        result[from * size + from]! += moves[k * states + j]! / probability + 1;
      }
    }
    for (let place = layout.initialAt; place < size; place++) result[place * size + place] = 1;
    return result;
  }

  private parameters(at: Float64Array): RegimeParameters | null {
    const parameters = this.layout.read(at);
    return parameters !== null && parameters.variances.every((variance) => variance > 0) ? parameters : null;
  }

  private daysByState(): Float64Array {
    const { states, smoothed } = this.passes;
    const days = new Float64Array(states);
    for (let at = 0; at < smoothed.length; at++) days[at % states]! += smoothed[at]!;
    return days;
  }

  /** −∂/∂μ_k = −Σ γ (y − μ)/σ², −∂/∂σ²_k = −½ Σ γ ((y − μ)²/σ⁴ − 1/σ²). */
  private emissions({ means, variances }: RegimeParameters, out: Float64Array): void {
    const { smoothed, states } = this.passes;
    for (let k = 0; k < states; k++) {
      let days = 0;
      let sum = 0;
      let squares = 0;
      for (let t = 0; t < this.returns.length; t++) {
        const weight = smoothed[t * states + k]!;
        const distance = this.returns[t]! - means[k]!;
        days += weight;
        sum += weight * distance;
        squares += weight * distance * distance;
      }
      const variance = variances[k]!;
      if (this.layout.variancesAt > 0) out[k] = -sum / variance;
      out[this.layout.variancesAt + k] = (-0.5 * (squares / variance - days)) / variance;
    }
  }

  /** What the first day says of the initial distribution: of its own parameters, or through the stationary one. */
  private start({ transition, initial }: RegimeParameters, out: Float64Array): void {
    const { states, densities, backward: after, scale } = this.passes;
    const slopes = Float64Array.from({ length: states }, (_, k) => (densities[k]! * after[k]!) / scale[0]!);
    if (this.layout.specification.start === 'free') {
      for (let k = 0; k < states - 1; k++) out[this.layout.initialAt + k] = slopes[states - 1]! - slopes[k]!;
      return;
    }
    // dπ = π dP (I − P + 1π)⁻¹.
    const system = new Float64Array(states * states);
    for (let i = 0; i < states; i++) {
      for (let j = 0; j < states; j++) {
        system[i * states + j] = (i === j ? 1 : 0) - transition[i * states + j]! + initial[j]!;
      }
    }
    const fundamental = inverse(system, states);
    if (fundamental === null) return;
    for (let i = 0; i < states; i++) {
      for (let j = 0; j < states; j++) {
        if (j === i) continue;
        let slope = 0;
        for (let k = 0; k < states; k++) {
          slope += slopes[k]! * initial[i]! * (fundamental[j * states + k]! - fundamental[i * states + k]!);
        }
        out[this.layout.moveAt(i, j)]! -= slope;
      }
    }
  }
}
