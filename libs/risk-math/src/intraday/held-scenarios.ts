import type { RiskSpecification } from '../foundation/conventions.js';
import { type TailFigures, tailFiguresInPlace } from '../measures/historical.js';
import type { ScenarioSet } from '../returns/scenarios.js';
import type { HeldValues } from './held-values.js';

/** Losses of what is held in every scenario, in base currency, kept up move by move. A move costs the number of scenarios. */
export class HeldScenarios {
  /** Returns by instrument, one after the other: n×T. */
  private readonly series: Float64Array;
  private readonly losses: Float64Array;
  private readonly sorted: Float64Array;

  constructor(
    private readonly scenarios: ScenarioSet,
    private readonly values: HeldValues,
    private readonly specification: Pick<RiskSpecification, 'confidence' | 'quantileRule'>,
  ) {
    const { assets, observations, values: returns } = scenarios.returns;
    this.series = new Float64Array(assets * observations);
    for (let t = 0; t < observations; t++) {
      for (let i = 0; i < assets; i++) this.series[i * observations + t] = returns[t * assets + i]!;
    }
    this.losses = new Float64Array(observations);
    this.sorted = new Float64Array(observations);
    this.refresh();
  }

  move(row: number, change: number): void {
    const { losses, series } = this;
    for (let t = 0, at = row * losses.length; t < losses.length; t++) losses[t]! -= change * series[at++]!;
  }

  /** Value at risk and expected shortfall over the horizon, in base currency. */
  figures(): TailFigures {
    this.sorted.set(this.losses);
    const { confidence, quantileRule } = this.specification;
    const { var: valueAtRisk, es } = tailFiguresInPlace(this.sorted, confidence, quantileRule);
    const { multiplier } = this.scenarios;
    return { var: valueAtRisk * multiplier, es: es * multiplier };
  }

  refresh(): void {
    this.losses.fill(0);
    this.values.row.forEach((value, row) => {
      if (value !== 0) this.move(row, value);
    });
  }
}
