import { OwnPortfolios } from '../../src/evaluation/own-portfolio.js';
import type { StressFinding, StressQuestion, TailFinding } from '../../src/inputs/stress-findings.js';
import { expectedShortfall, losses, quantileType7 } from '../../src/numerics/historical.js';
import {
  normalLosses,
  paretoErrors,
  paretoLogLikelihood,
  studentLosses,
  tailMean,
  type QuantileFunction,
} from '../../src/numerics/tails.js';
import { policy, portfolioId, type Recorder } from './recorder.js';

/** What stress would answer of the portfolio; of what is drawn, what it is drawn from. */
export function stressAnswersOf(recorder: Recorder, asOf: string, modelId: string): StressFinding[] {
  const context = recorder.context();
  const { instrumentIds, covariance } = context.models.get(modelId);
  const { leaves } = new OwnPortfolios(context).holdings(portfolioId, asOf, '9999');
  const weights = instrumentIds.map((id) => leaves.find((leaf) => leaf.instrumentId === id)?.weight ?? 0);
  const products = covariance.map((row) => row.reduce((sum, value, j) => sum + value * (weights[j] ?? 0), 0));
  const deviation = Math.sqrt(weights.reduce((sum, weight, i) => sum + weight * (products[i] ?? 0), 0));
  const deviations = covariance.map((row, i) => Math.sqrt(row[i] ?? NaN));
  const nodesOf = (loss: number): StressFinding['nodes'] => {
    const strategies = new Map<string, number>();
    const own = leaves.map(({ strategy, instrumentId, weight }) => {
      const part = (loss * weight * (products[instrumentIds.indexOf(instrumentId)] ?? NaN)) / deviation ** 2;
      strategies.set(strategy, (strategies.get(strategy) ?? 0) + part);
      return { nodeId: `leaf:${strategy}/${instrumentId}`, parentId: `strategy:${strategy}`, loss: part };
    });
    const parents = [...strategies].map(([strategy, part]) => ({
      ...{ nodeId: `strategy:${strategy}`, parentId: 'portfolio', loss: part },
    }));
    return [{ nodeId: 'portfolio', parentId: null, loss }, ...parents, ...own];
  };
  const ids = [...new Set(leaves.map(({ instrumentId }) => instrumentId))].sort();
  const pastLosses = (days: number): number[] => {
    const minimumHistory = Math.min(policy.minimumHistoryDays, Math.ceil(days / 2));
    const { values } = context.returns.get({ instrumentIds: ids, end: asOf, days, minimumHistory });
    return losses(
      ids.map((id) => leaves.find((leaf) => leaf.instrumentId === id)?.weight ?? 0),
      values,
    );
  };
  const none = { portfolioId, asOf, result: null, sensitivities: null, tail: null, nodes: [] };
  const drawn = (
    generator: Extract<StressQuestion, { kind: 'monteCarlo' }>['generator'],
    quantile: QuantileFunction,
    meanLoss: number,
  ): StressFinding => {
    const question = { kind: 'monteCarlo' as const, generator, paths: 20_000, confidence: 0.99, seed: 7 };
    const { mean: es, standardError } = tailMean(quantile, 0.99, question.paths);
    const [low, high] = [quantile(0.9888), quantile(0.9912)];
    const distribution = {
      ...{ generator: generator.kind, confidence: 0.99, var: quantile(0.99), varInterval: [low, high], es },
      ...{ esStandardError: standardError, meanLoss, worstLoss: quantile(0.99995), paths: 20_000, seed: 7 },
    };
    return { ...none, question, result: { loss: es, distance: null, distribution }, nodes: nodesOf(es) };
  };
  const sizes = weights.map((weight, i) => weight * (deviations[i] ?? NaN));
  const pairs = sizes.flatMap((one, i) => sizes.slice(0, i).map((other) => one * other));
  const days = 30;
  const past = [...pastLosses(days)].sort((a, b) => a - b);
  return [
    {
      ...none,
      question: { kind: 'sensitivities' },
      sensitivities: {
        deviationDaily: deviation,
        toAllCorrelations: pairs.reduce((sum, one) => sum + one, 0) / deviation,
        instruments: ids.map((instrumentId) => {
          const i = instrumentIds.indexOf(instrumentId);
          const [weight, toWeight] = [weights[i] ?? NaN, (products[i] ?? NaN) / deviation];
          const toVolatility = (weight * toWeight) / (deviations[i] ?? NaN);
          return { instrumentId, weight, toWeight, toVolatility, lossPerPercent: weight / 100 };
        }),
      },
    },
    {
      ...{ ...none, question: { kind: 'reverse', loss: 0.05 }, nodes: nodesOf(0.05) },
      result: { loss: 0.05, distance: 0.05 / deviation, distribution: null },
    },
    {
      ...{ ...none, question: { kind: 'tail', confidence: 0.9, days: 39, tailShare: 0.4 } },
      tail: tailOf(pastLosses(39), 0.9, 0.4),
    },
    drawn({ kind: 'normal' }, normalLosses(deviation), 0),
    drawn({ kind: 'studentT', degreesOfFreedom: 5 }, studentLosses(deviation, 5), 0),
    drawn(
      { kind: 'stationaryBootstrap', meanBlockDays: 10, days },
      (p) => past[Math.min(past.length - 1, Math.floor(p * past.length))] ?? NaN,
      past.reduce((sum, loss) => sum + loss, 0) / past.length,
    ),
  ];
}

/** The tail of some losses, with parameters from which no step leads to a higher likelihood. */
function tailOf(past: readonly number[], confidence: number, tailShare: number): TailFinding {
  const threshold = quantileType7(past, 1 - tailShare);
  const excesses = past.filter((loss) => loss > threshold).map((loss) => loss - threshold);
  let best = { shape: 0.05, scale: excesses.reduce((sum, excess) => sum + excess, 0) / excesses.length };
  const likelihood = (of: typeof best) => paretoLogLikelihood(excesses, of.shape, of.scale);
  for (let step = 0.1; step > 1e-9; step /= 2) {
    for (let better = true; better;) {
      const around = [1, 0, -1].flatMap((x) =>
        [1, 0, -1].map((y) => ({ shape: best.shape + x * step, scale: best.scale * (1 + y * step) })),
      );
      const next = around.reduce((a, b) => (likelihood(b) > likelihood(a) + 1e-13 ? b : a), best);
      better = next !== best;
      best = next;
    }
  }
  const { shape, scale } = best;
  const errors = paretoErrors(excesses, shape, scale);
  const beyond = excesses.length / past.length / (1 - confidence);
  const quantile = threshold + (scale * (beyond ** shape - 1)) / shape;
  return {
    ...{ confidence, threshold, excesses: excesses.length, observations: past.length, shape, scale, var: quantile },
    ...{ shapeStandardError: errors.shape, scaleStandardError: errors.scale },
    es: (quantile + scale - shape * threshold) / (1 - shape),
    historicalVar: quantileType7(past, confidence),
    historicalEs: expectedShortfall(past, confidence),
  };
}
