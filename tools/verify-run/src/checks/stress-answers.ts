import { OwnPortfolios } from '../evaluation/own-portfolio.js';
import type { DistributionFinding, StressFinding, TailFinding } from '../inputs/stress-findings.js';
import { expectedShortfall, losses, quantileType7 } from '../numerics/historical.js';
import type { Matrix } from '../numerics/shrinkage.js';
import {
  normalLosses,
  paretoErrors,
  paretoLogLikelihood,
  studentLosses,
  tailMean,
  type QuantileFunction,
} from '../numerics/tails.js';
import { stressQuestions } from '../inputs/stress-findings.js';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** As far as chance may take a figure that is drawn, in standard errors; it does so once in a million times. */
const chance = 5;
/** A thousandth of a total: see `agrees`. */
const shareOfTotal = 1e-3;

interface Recorders {
  readonly exact: CheckRecorder;
  readonly tails: CheckRecorder;
  readonly drawn: CheckRecorder;
}

/** What is held at the moment of an answer, with its model. */
interface Held {
  readonly weights: ReadonlyMap<string, number>;
  readonly leaves: readonly { readonly nodeId: string; readonly instrumentId: string; readonly weight: number }[];
  readonly instrumentIds: readonly string[];
  readonly covariance: Matrix;
  /** Past losses of a day of what is held, over so many days. */
  readonly pastLosses: (days: number) => number[];
}

/** What stress answers of one portfolio beside its daily runs: all that follows from the model exactly, and all that is drawn within what chance allows. */
export function checkStressAnswers(context: RunContext): Check[] {
  const recorders: Recorders = {
    exact: new CheckRecorder('stress on request: sensitivities, and the most plausible loss with its distance'),
    tails: new CheckRecorder('stress on request: the tail beyond its threshold, no parameters nearby likelier'),
    drawn: new CheckRecorder('stress on request: simulated losses within what chance allows, nodes that sum'),
  };
  const { stressAnswers } = context.rest;
  for (const recorder of Object.values(recorders) as CheckRecorder[]) {
    recorder.expect(
      stressAnswers.length === stressQuestions.length,
      () => `${stressAnswers.length} answers, ${stressQuestions.length} questions were asked`,
    );
  }
  for (const finding of stressAnswers) checkAnswer(context, recorders, finding);
  return Object.values(recorders).map((recorder: CheckRecorder) => recorder.result());
}

function checkAnswer(context: RunContext, { exact, tails, drawn }: Recorders, finding: StressFinding): void {
  const { question, result, sensitivities, tail } = finding;
  const held = heldAt(context, finding);
  const name = `${finding.portfolioId} ${question.kind}`;
  switch (question.kind) {
    case 'sensitivities':
      exact.expect(sensitivities !== null, () => `${name}: nothing is said`);
      if (sensitivities !== null) compareSensitivities(exact, name, sensitivities, held);
      return;
    case 'reverse':
      exact.expect(result !== null, () => `${name}: nothing is said`);
      if (result !== null) compareReverse(exact, name, { ...finding, result }, question.loss, held);
      return;
    case 'tail':
      tails.expect(tail !== null, () => `${name}: nothing is said`);
      if (tail !== null) compareTail(tails, name, tail, question, held.pastLosses(question.days));
      return;
    case 'monteCarlo': {
      const what = `${name} by ${question.generator.kind}`;
      drawn.expect(result !== null && result.distribution !== null, () => `${what}: nothing is said`);
      if (result === null || result.distribution === null) return;
      const { distribution, loss } = result;
      const told = question.paths === distribution.paths && question.seed === distribution.seed;
      drawn.expect(told && question.confidence === distribution.confidence, () => `${what}: another simulation`);
      drawn.figure(`${what}: loss`, loss, distribution.es);
      compareDrawn(drawn, what, distribution, question.generator, held);
      compareSums(drawn, what, finding.nodes, loss);
      if (question.generator.kind !== 'stationaryBootstrap')
        compareShares(drawn, what, finding.nodes, distribution, held);
    }
  }
}

function heldAt(context: RunContext, { portfolioId, asOf }: StressFinding): Held {
  const model = [...context.models.published.values()]
    .filter((one) => one.portfolioId === portfolioId && one.knownAt <= asOf)
    .at(-1);
  if (model === undefined) throw new Error(`${portfolioId} has no model at ${asOf}`);
  const { instrumentIds, covariance } = context.models.get(model.modelId);
  const { leaves } = new OwnPortfolios(context).holdings(portfolioId, asOf, '9999');
  const weights = new Map<string, number>();
  for (const { instrumentId, weight } of leaves) weights.set(instrumentId, (weights.get(instrumentId) ?? 0) + weight);
  return {
    ...{ weights, instrumentIds, covariance },
    leaves: leaves.map(({ strategy, instrumentId, weight }) => ({
      ...{ nodeId: `leaf:${strategy}/${instrumentId}`, instrumentId, weight },
    })),
    pastLosses: (days) => {
      const ids = [...weights.keys()].sort();
      const minimumHistory = Math.min(model.policy.minimumHistoryDays, Math.ceil(days / 2));
      const { values } = context.returns.get({ instrumentIds: ids, end: asOf, days, minimumHistory });
      return losses(
        ids.map((id) => weights.get(id) ?? 0),
        values,
      );
    },
  };
}

/** Deviation of a day, and by instrument its own deviation and what its weight adds: (Σw)ᵢ / σ. */
function riskOf({ weights, instrumentIds, covariance }: Held): {
  readonly deviation: number;
  readonly own: ReadonlyMap<string, { readonly deviation: number; readonly marginal: number }>;
} {
  const products = covariance.map((row) =>
    row.reduce((sum, value, j) => sum + value * (weights.get(instrumentIds[j] ?? '') ?? 0), 0),
  );
  const variance = instrumentIds.reduce((sum, id, i) => sum + (weights.get(id) ?? 0) * (products[i] ?? 0), 0);
  const deviation = Math.sqrt(variance);
  const own = new Map(
    instrumentIds.map((id, i) => [
      id,
      { deviation: Math.sqrt(covariance[i]?.[i] ?? NaN), marginal: (products[i] ?? NaN) / deviation },
    ]),
  );
  return { deviation, own };
}

function compareSensitivities(
  check: CheckRecorder,
  name: string,
  told: NonNullable<StressFinding['sensitivities']>,
  held: Held,
): void {
  const { deviation, own } = riskOf(held);
  check.figure(`${name}: deviation of a day`, told.deviationDaily, deviation);
  let pairs = 0;
  const sizes = [...held.weights].map(([id, weight]) => weight * (own.get(id)?.deviation ?? NaN));
  for (const [i, one] of sizes.entries()) for (const other of sizes.slice(0, i)) pairs += one * other;
  check.figure(`${name}: to all correlations`, told.toAllCorrelations, pairs / deviation);
  check.expect(told.instruments.length === held.weights.size, () => `${name}: ${told.instruments.length} names`);
  for (const one of told.instruments) {
    const what = `${name}: ${one.instrumentId}`;
    const [weight, risk] = [held.weights.get(one.instrumentId) ?? null, own.get(one.instrumentId)];
    const size = deviation * shareOfTotal;
    check.figure(`${what} weight`, one.weight, weight);
    check.figure(`${what} to weight`, one.toWeight, risk?.marginal ?? null, size);
    const toVolatility = risk === undefined ? null : ((weight ?? NaN) * risk.marginal) / risk.deviation;
    check.figure(`${what} to volatility`, one.toVolatility, toVolatility, shareOfTotal);
    check.figure(`${what} loss of a percent`, one.lossPerPercent, (weight ?? NaN) / 100);
  }
}

/** The most plausible way to lose so much: every name by its covariance with the whole, at a distance of loss / deviation. */
function compareReverse(
  check: CheckRecorder,
  name: string,
  { result, nodes }: StressFinding & { readonly result: NonNullable<StressFinding['result']> },
  loss: number,
  held: Held,
): void {
  const { deviation, own } = riskOf(held);
  check.figure(`${name}: loss`, result.loss, loss);
  check.figure(`${name}: distance`, result.distance, loss / deviation);
  compareSums(check, name, nodes, result.loss);
  const told = new Map(nodes.map((node) => [node.nodeId, node.loss]));
  for (const { nodeId, instrumentId, weight } of held.leaves) {
    const part = (weight * (own.get(instrumentId)?.marginal ?? NaN)) / deviation;
    check.figure(`${name}: loss of ${nodeId}`, told.get(nodeId), loss * part, loss * shareOfTotal);
  }
}

/** Children sum to their parent, and the whole is the loss that is told. */
function compareSums(check: CheckRecorder, name: string, nodes: StressFinding['nodes'], loss: number): void {
  check.figure(`${name}: loss of the whole`, nodes.find(({ nodeId }) => nodeId === 'portfolio')?.loss, loss);
  for (const parent of nodes) {
    const children = nodes.filter(({ parentId }) => parentId === parent.nodeId);
    if (children.length === 0) continue;
    const sum = children.reduce((total, child) => total + child.loss, 0);
    check.figure(`${name}: children of ${parent.nodeId}`, sum, parent.loss, loss * shareOfTotal);
  }
}

function compareTail(
  check: CheckRecorder,
  name: string,
  told: TailFinding,
  { confidence, tailShare }: { readonly confidence: number; readonly tailShare: number },
  past: readonly number[],
): void {
  const threshold = quantileType7(past, 1 - tailShare);
  check.figure(`${name}: threshold`, told.threshold, threshold);
  const excesses = past.filter((loss) => loss > threshold).map((loss) => loss - threshold);
  check.expect(
    told.observations === past.length && told.excesses === excesses.length && told.confidence === confidence,
    () => `${name}: ${told.excesses} of ${told.observations} beyond, ${excesses.length} of ${past.length} expected`,
  );
  const { shape, scale } = told;
  const likelihood = paretoLogLikelihood(excesses, shape, scale);
  for (const [dShape, factor] of [
    [0.01, 1],
    [-0.01, 1],
    [0, 1.01],
    [0, 0.99],
    [0.01, 0.99],
    [-0.01, 1.01],
  ] as const) {
    const nearby = paretoLogLikelihood(excesses, shape + dShape, scale * factor);
    check.expect(nearby <= likelihood + 1e-7, () => `${name}: ${nearby} is likelier than ${likelihood}`);
  }
  const errors = paretoErrors(excesses, shape, scale);
  const near = (published: number | null, own: number) => published !== null && Math.abs(published / own - 1) < 1e-3;
  check.expect(near(told.shapeStandardError, errors.shape), () => `${name}: error of the shape ${errors.shape}`);
  check.expect(near(told.scaleStandardError, errors.scale), () => `${name}: error of the scale ${errors.scale}`);
  const beyond = excesses.length / past.length / (1 - confidence);
  const quantile = threshold + (scale * (beyond ** shape - 1)) / shape;
  check.figure(`${name}: VaR`, told.var, quantile);
  const es = shape < 1 ? (quantile + scale - shape * threshold) / (1 - shape) : null;
  check.figure(`${name}: ES`, told.es, es);
  check.figure(`${name}: historical VaR`, told.historicalVar, quantileType7(past, confidence));
  check.figure(`${name}: historical ES`, told.historicalEs, expectedShortfall(past, confidence));
}

/** The distribution that is drawn from, as it is known exactly. */
function drawnFrom(
  generator: Extract<StressFinding['question'], { kind: 'monteCarlo' }>['generator'],
  held: Held,
): { readonly quantile: QuantileFunction; readonly mean: number; readonly deviation: number } {
  if (generator.kind === 'stationaryBootstrap') {
    const past = held.pastLosses(generator.days);
    const mean = past.reduce((sum, loss) => sum + loss, 0) / past.length;
    const variance = past.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / past.length;
    const sorted = [...past].sort((a, b) => a - b);
    const quantile = (p: number) => sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? NaN;
    return { quantile, mean, deviation: Math.sqrt(variance) };
  }
  const { deviation } = riskOf(held);
  const quantile =
    generator.kind === 'normal' ? normalLosses(deviation) : studentLosses(deviation, generator.degreesOfFreedom);
  return { quantile, mean: 0, deviation };
}

function compareDrawn(
  check: CheckRecorder,
  name: string,
  told: DistributionFinding,
  generator: Parameters<typeof drawnFrom>[0],
  held: Held,
): void {
  const { paths, confidence } = told;
  const { quantile: whole, mean, deviation } = drawnFrom(generator, held);
  const utmost = 1 - 1e-6 / paths;
  const quantile = (probability: number) => whole(Math.min(probability, utmost));
  // Of so many draws as many are beyond a quantile as a binomial count says.
  const miss = chance * Math.sqrt((confidence * (1 - confidence)) / paths);
  const within = (what: string, figure: number, low: number, high: number) =>
    check.expect(figure >= low && figure <= high, () => `${name}: ${what} is ${figure}, not from ${low} to ${high}`);
  within('VaR', told.var, quantile(confidence - miss), quantile(confidence + miss));
  const [lower = NaN, upper = NaN] = told.varInterval;
  within('lower end of VaR', lower, quantile(confidence - 2 * miss), told.var);
  within('upper end of VaR', upper, told.var, quantile(confidence + 2 * miss));
  const tail = tailMean(quantile, confidence, paths);
  within('ES', told.es, tail.mean - chance * tail.standardError, tail.mean + chance * tail.standardError);
  within('error of ES', told.esStandardError, tail.standardError / 2.5, tail.standardError * 2.5);
  const spread = (chance * deviation) / Math.sqrt(paths);
  within('mean loss', told.meanLoss, mean - spread, mean + spread);
  within('worst loss', told.worstLoss, told.es * (1 - 1e-9), quantile(utmost));
}

/** Parts of the loss beside those that the distribution gives exactly: each is a mean over the draws of the tail. */
function compareShares(
  check: CheckRecorder,
  name: string,
  nodes: StressFinding['nodes'],
  { es, esStandardError, paths, confidence }: DistributionFinding,
  held: Held,
): void {
  const { deviation, own } = riskOf(held);
  const told = new Map(nodes.map((node) => [node.nodeId, node.loss]));
  const draws = paths * (1 - confidence);
  for (const { nodeId, instrumentId, weight } of held.leaves) {
    const risk = own.get(instrumentId);
    const share = (weight * (risk?.marginal ?? NaN)) / deviation;
    // What a name does beside the whole spreads with its own deviation, in the tail of Student's t wider by as much as the loss is far out.
    const spread = (Math.abs(weight) * (risk?.deviation ?? NaN) * Math.max(1, es / deviation)) / Math.sqrt(draws);
    const allowed = chance * (spread + Math.abs(share) * esStandardError);
    const loss = told.get(nodeId) ?? NaN;
    check.expect(
      Math.abs(loss - share * es) <= allowed,
      () => `${name}: loss of ${nodeId} is ${loss}, not ${share * es} within ${allowed}`,
    );
  }
}
