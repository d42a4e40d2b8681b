import {
  acerbiSzekelyZ2,
  acerbiSzekelyZ3,
  brierScore,
  christoffersen,
  dieboldMariano,
  exceedances,
  kupiec,
  mincerZarnowitz,
  mixtureLogScore,
  normalQuantile,
  qlike,
} from '@risk-budget/risk-math';
import { Random } from '../../data/random.js';
import type { Workload } from '../workload.js';

const DAYS = 1000;

function variances(seed: number): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length: DAYS }, () => 1e-4 * Math.exp(random.normal()));
}

export const workloads: readonly Workload[] = [
  {
    name: `QLIKE, Diebold–Mariano and Mincer–Zarnowitz of two forecasts, ${DAYS} days`,
    prepare: () => {
      const [realised, first, second] = [variances(1), variances(2), variances(3)];
      return () => [
        dieboldMariano(qlike(realised, first).losses, qlike(realised, second).losses, 5),
        mincerZarnowitz(realised, first, 5),
      ];
    },
  },
  {
    name: `Logarithmic scores of a mixture of three regimes, ${DAYS} days`,
    prepare: () => {
      const random = new Random(7);
      const returns = Float64Array.from({ length: DAYS }, () => 0.01 * random.normal());
      const [probabilities, means] = [Float64Array.of(0.6, 0.3, 0.1), new Float64Array(3)];
      const daily = Float64Array.of(4e-5, 2e-4, 9e-4);
      return () => returns.map((value) => mixtureLogScore(probabilities, means, daily, value));
    },
  },
  {
    name: `Kupiec, Christoffersen and Z₂, ${DAYS} days`,
    prepare: () => {
      const random = new Random(4);
      const losses = Float64Array.from({ length: DAYS }, () => 0.01 * random.normal());
      const valuesAtRisk = new Float64Array(DAYS).fill(0.0196);
      const expectedShortfalls = new Float64Array(DAYS).fill(0.0234);
      return () => {
        const { hits, count } = exceedances(losses, valuesAtRisk);
        return [
          kupiec(count, DAYS, 0.975),
          christoffersen(hits, 0.975),
          acerbiSzekelyZ2({ losses, valuesAtRisk, expectedShortfalls, confidence: 0.975 }),
        ];
      };
    },
  },
  {
    name: `Z₃ on normal forecasts, ${DAYS} days`,
    prepare: () => {
      const random = new Random(6);
      const tails = Float64Array.from({ length: DAYS }, () => random.uniform());
      return () => acerbiSzekelyZ3({ tails, quantile: (_, tail) => -0.01 * normalQuantile(tail), confidence: 0.975 });
    },
  },
  {
    name: `Brier score with its table, ${DAYS} forecasts`,
    prepare: () => {
      const random = new Random(5);
      const probabilities = Float64Array.from({ length: DAYS }, () => random.uniform());
      const outcomes = probabilities.map((probability) => (random.uniform() < probability ? 1 : 0));
      return () => brierScore(probabilities, outcomes);
    },
  },
];
