/**
 * min cᵀx + t + κ Σ max(0, Lₛ·x − t)  over  lower ≤ x ≤ upper, rowLower ≤ Ax ≤ rowUpper, t free: the expected shortfall of the
 * losses Lx with κ = 1 / ((1 − confidence) T), and a linear form. All bounds of x are finite.
 */
export interface ShortfallProgram {
  readonly size: number;
  readonly linear: Float64Array;
  /** T×n row-major over the first n variables. */
  readonly losses: Float64Array;
  readonly scenarios: number;
  /** n. */
  readonly assets: number;
  /** κ; 0 leaves a plain linear program. */
  readonly share: number;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly rows: readonly { readonly coefficients: Float64Array; readonly lower: number; readonly upper: number }[];
}

/** Where a column of the dual comes from. */
export type Kind = 'lower' | 'upper' | 'rowLower' | 'rowUpper' | 'scenario';

/** The columns of the dual: two for each variable's bounds, two for each row's sides, and the scenarios. */
export class ShortfallColumns {
  readonly firstRow: number;
  readonly firstScenario: number;
  readonly count: number;
  /** Losses over their size, so that scenarios price like bounds. */
  readonly unit: number;
  /** Squared length of each column. */
  readonly weight: Float64Array;

  constructor(private readonly program: ShortfallProgram) {
    const { size, rows, scenarios, losses } = program;
    this.firstRow = 2 * size;
    this.firstScenario = this.firstRow + 2 * rows.length;
    this.count = this.firstScenario + scenarios;
    let squares = 0;
    for (const loss of losses) squares += loss * loss;
    this.unit = Math.sqrt(squares / Math.max(1, losses.length)) || 1;
    const column = new Float64Array(size + 1);
    this.weight = Float64Array.from({ length: this.count }, (_, j) => {
      this.fill(j, column);
      return column.reduce((total, value) => total + value * value, 0);
    });
  }

  kindOf(column: number): Kind {
    const { size, rows } = this.program;
    if (column < size) return 'lower';
    if (column < this.firstRow) return 'upper';
    if (column < this.firstRow + rows.length) return 'rowLower';
    return column < this.firstScenario ? 'rowUpper' : 'scenario';
  }

  indexOf(column: number): number {
    const { size, rows } = this.program;
    if (column < this.firstRow) return column % size;
    return column < this.firstScenario ? (column - this.firstRow) % rows.length : column - this.firstScenario;
  }

  cost(column: number): number {
    const { lower, upper, rows } = this.program;
    if (column < 0) return 0;
    const index = this.indexOf(column);
    switch (this.kindOf(column)) {
      case 'lower':
        return -lower[index]!;
      case 'upper':
        return upper[index]!;
      case 'rowLower':
        return -rows[index]!.lower;
      case 'rowUpper':
        return rows[index]!.upper;
      case 'scenario':
        return 0;
    }
  }

  /** Signs: a scenario's loss and an upper side push down, a lower side up; slack −1 stands for Σp without scenarios. */
  fill(column: number, target: Float64Array): void {
    target.fill(0);
    const { size, losses, assets, rows } = this.program;
    if (column < 0) {
      target[size] = 1;
      return;
    }
    const index = this.indexOf(column);
    const kind = this.kindOf(column);
    if (kind === 'lower') target[index] = 1;
    else if (kind === 'upper') target[index] = -1;
    else if (kind === 'scenario') {
      for (let i = 0; i < assets; i++) target[i] = -losses[index * assets + i]! / this.unit;
      target[size] = 1 / this.unit;
    } else {
      const sign = kind === 'rowLower' ? 1 : -1;
      for (let i = 0; i < size; i++) target[i] = sign * rows[index]!.coefficients[i]!;
    }
  }

  /** The largest value of a column; scenarios are held by `unit` times κ. */
  limit(column: number): number {
    return column >= this.firstScenario ? this.program.share * this.unit : Infinity;
  }
}
