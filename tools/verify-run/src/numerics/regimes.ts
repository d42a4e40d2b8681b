/** A chain of states, each with its own mean and variance a day. */
export interface RegimeNumbers {
  readonly means: readonly number[];
  readonly variances: readonly number[];
  /** Row by row: from today's state to tomorrow's. */
  readonly transition: readonly number[];
}

/** The probability of each state on the last day by the days up to it: Hamilton's filter, from the distribution that the chain rests in. */
export function filteredProbabilities(
  returns: readonly number[],
  { means, variances, transition }: RegimeNumbers,
): number[] {
  let prior = restingDistribution(transition, means.length);
  let today = prior;
  for (const value of returns) {
    const exponents = means.map((mean, k) => {
      const variance = variances[k] ?? NaN;
      return -(Math.log(variance) + (value - mean) ** 2 / variance) / 2;
    });
    const largest = Math.max(...exponents);
    const joint = exponents.map((exponent, k) => (prior[k] ?? 0) * Math.exp(exponent - largest));
    const total = joint.reduce((sum, part) => sum + part, 0);
    today = joint.map((part) => part / total);
    prior = dayOn(today, transition);
  }
  return today;
}

/** The chance of each state so many days ahead. */
export function probabilitiesAhead(today: readonly number[], transition: readonly number[], days: number): number[] {
  let probabilities = [...today];
  for (let day = 0; day < days; day++) probabilities = dayOn(probabilities, transition);
  return probabilities;
}

function dayOn(today: readonly number[], transition: readonly number[]): number[] {
  return today.map((_, j) =>
    today.reduce((sum, probability, i) => sum + probability * (transition[i * today.length + j] ?? NaN), 0),
  );
}

/** The chain after very many days: its matrix squared again and again. */
export function restingDistribution(transition: readonly number[], states: number): number[] {
  let power = [...transition];
  for (let squarings = 0; squarings < 60; squarings++) {
    const rows = Array.from({ length: states }, (_, i) => dayOn(power.slice(i * states, (i + 1) * states), power));
    power = rows.flatMap((row) => {
      const total = row.reduce((sum, value) => sum + value, 0);
      return row.map((value) => value / total);
    });
  }
  return power.slice(0, states);
}

/** ln of the density that probabilities of the states give to a return. */
export function logDensity(
  probabilities: readonly number[],
  { means, variances }: Pick<RegimeNumbers, 'means' | 'variances'>,
  value: number,
): number {
  const densities = probabilities.map((probability, k) => {
    const variance = variances[k] ?? NaN;
    return (
      (probability * Math.exp(-((value - (means[k] ?? NaN)) ** 2) / variance / 2)) / Math.sqrt(2 * Math.PI * variance)
    );
  });
  return Math.log(densities.reduce((sum, density) => sum + density, 0));
}
