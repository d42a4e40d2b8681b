/** A figure beside what it has to reach. */
export interface Goal {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly atLeast?: number;
  readonly below?: number;
}

export function isMet({ value, atLeast, below }: Goal): boolean {
  return (atLeast === undefined || value >= atLeast) && (below === undefined || value < below);
}

/** Prints each figure against its goal. @returns whether all are met */
export function judge(goals: readonly Goal[], print: (line: string) => void): boolean {
  for (const goal of goals) {
    const wanted = goal.atLeast === undefined ? `below ${goal.below}` : `at least ${goal.atLeast}`;
    const figure = `${goal.value.toFixed(2)} ${goal.unit}`;
    print(`${isMet(goal) ? 'met   ' : 'MISSED'} ${goal.name.padEnd(44)} ${figure.padStart(18)}   goal ${wanted}`);
  }
  return goals.every(isMet);
}
