import { contextOf } from '../src/checks/context.js';
import { checkStressAnswers } from '../src/checks/stress-answers.js';
import { RunEvents } from '../src/events/run-events.js';
import type { DistributionFinding, StressFinding } from '../src/inputs/stress-findings.js';
import { run } from './corrupted.js';

const answers = run.rest.stressAnswers;
const [exact, tails, drawn] = [
  'stress on request: sensitivities, and the most plausible loss with its distance',
  'stress on request: the tail beyond its threshold, no parameters nearby likelier',
  'stress on request: simulated losses within what chance allows, nodes that sum',
] as const;
const off = (value: number) => value * (1 + 1e-6);

const context = contextOf(run.inputs, new RunEvents(run.messages), run.rest);

function failed(stressAnswers: readonly StressFinding[]): string[] {
  return checkStressAnswers({ ...context, rest: { ...run.rest, stressAnswers } })
    .filter((check) => check.failed > 0)
    .map(({ name }) => name);
}

/** The answers with one of them changed. */
const with_ = (at: number, change: (one: StressFinding) => Partial<StressFinding>): string[] =>
  failed(answers.map((one, i) => (i === at ? { ...one, ...change(one) } : one)));

describe('the verification of what stress answers', () => {
  it('passes what follows from the model, and what is drawn as it may come', () => {
    expect(failed(answers)).toEqual([]);
  });

  it('fails on an answer that is missing', () => {
    expect(failed(answers.slice(1))).toEqual([exact, tails, drawn]);
    expect(failed([])).toEqual([exact, tails, drawn]);
    expect(with_(0, () => ({ sensitivities: null }))).toEqual([exact]);
    expect(with_(1, () => ({ result: null }))).toEqual([exact]);
    expect(with_(2, () => ({ tail: null }))).toEqual([tails]);
    expect(with_(3, () => ({ result: null }))).toEqual([drawn]);
  });

  it('fails on a sensitivity that is off', () => {
    const changed = (change: (one: NonNullable<StressFinding['sensitivities']>) => object) =>
      with_(0, ({ sensitivities }) => ({
        sensitivities: sensitivities && { ...sensitivities, ...change(sensitivities) },
      }));
    expect(changed((one) => ({ deviationDaily: off(one.deviationDaily) }))).toEqual([exact]);
    expect(changed((one) => ({ toAllCorrelations: off(one.toAllCorrelations) }))).toEqual([exact]);
    expect(changed((one) => ({ instruments: one.instruments.slice(1) }))).toEqual([exact]);
    for (const field of ['weight', 'toWeight', 'toVolatility', 'lossPerPercent'] as const) {
      const instruments = (one: NonNullable<StressFinding['sensitivities']>) => ({
        instruments: one.instruments.map((name, at) => (at === 0 ? { ...name, [field]: off(name[field]) } : name)),
      });
      expect(changed(instruments)).toEqual([exact]);
    }
  });

  it('fails on another loss, distance or way to lose than the most plausible one', () => {
    const changed = (change: (one: NonNullable<StressFinding['result']>) => object) =>
      with_(1, ({ result }) => ({ result: result && { ...result, ...change(result) } }));
    expect(changed(() => ({ loss: 0.06 }))).toEqual([exact]);
    expect(changed((one) => ({ distance: off(one.distance ?? NaN) }))).toEqual([exact]);
    const moved = with_(1, ({ nodes }) => ({
      nodes: nodes.map((node) => {
        const sign = node.nodeId === 'leaf:growth/AAA' ? 1 : node.nodeId === 'leaf:growth/BBB' ? -1 : 0;
        return { ...node, loss: node.loss + sign * 1e-6 };
      }),
    }));
    expect(moved).toEqual([exact]);
    expect(with_(1, ({ nodes }) => ({ nodes: nodes.map((node) => ({ ...node, loss: 2 * node.loss })) }))).toEqual([
      exact,
    ]);
  });

  it.each([
    'threshold',
    'excesses',
    'observations',
    'shape',
    'scale',
    'shapeStandardError',
    'scaleStandardError',
    'var',
    'es',
    'historicalVar',
    'historicalEs',
  ] as const)('fails on a tail whose %s is off', (field) => {
    const by = field === 'shape' || field === 'scale' || field.endsWith('Error') ? 1.2 : 1 + 1e-6;
    const changed = with_(2, ({ tail }) => ({ tail: tail && { ...tail, [field]: (tail[field] ?? NaN) * by } }));
    expect(changed).toEqual([tails]);
  });

  it('fails on parameters of a tail that others nearby are likelier than', () => {
    // All that follows from them is right by itself.
    const changed = with_(2, ({ tail }) => {
      if (tail === null) return {};
      const scale = tail.scale * 1.1;
      const beyond = tail.excesses / tail.observations / (1 - tail.confidence);
      const quantile = tail.threshold + (scale * (beyond ** tail.shape - 1)) / tail.shape;
      return {
        tail: {
          ...tail,
          scale,
          var: quantile,
          es: (quantile + scale - tail.shape * tail.threshold) / (1 - tail.shape),
        },
      };
    });
    expect(changed).toEqual([tails]);
  });

  const generators = ['normal', 'studentT', 'stationaryBootstrap'] as const;
  it.each(generators)('fails on losses by %s that chance does not explain', (generator) => {
    const at = 3 + generators.indexOf(generator);
    const changed = (change: (one: DistributionFinding) => Partial<DistributionFinding>) =>
      with_(at, ({ result }) => ({
        result: result && {
          ...result,
          distribution: result.distribution && { ...result.distribution, ...change(result.distribution) },
        },
      }));
    expect(changed((one) => ({ var: one.var * 1.3 }))).toEqual([drawn]);
    expect(changed((one) => ({ var: one.var * 0.7 }))).toEqual([drawn]);
    expect(changed((one) => ({ varInterval: [one.var / 2, one.var * 2] }))).toEqual([drawn]);
    expect(changed((one) => ({ es: one.es * 1.3 }))).toEqual([drawn]);
    expect(changed((one) => ({ esStandardError: one.esStandardError * 3 }))).toEqual([drawn]);
    expect(changed((one) => ({ meanLoss: one.meanLoss + 0.01 }))).toEqual([drawn]);
    expect(changed((one) => ({ worstLoss: one.var / 2 }))).toEqual([drawn]);
    expect(changed(() => ({ paths: 200 }))).toEqual([drawn]);
    expect(changed(() => ({ seed: 8 }))).toEqual([drawn]);
  });

  it('fails on parts of a simulated loss that do not sum, or that the model does not give', () => {
    const other = with_(3, ({ nodes }) => ({
      nodes: nodes.map((node) => (node.nodeId === 'leaf:growth/AAA' ? { ...node, loss: off(node.loss) } : node)),
    }));
    expect(other).toEqual([drawn]);
    const swapped = with_(3, ({ nodes }) => {
      const lossOf = (id: string) => nodes.find(({ nodeId }) => nodeId === id)?.loss ?? NaN;
      const [one, two] = [lossOf('leaf:growth/AAA'), lossOf('leaf:growth/BBB')];
      const shift = 4 * Math.max(Math.abs(one), Math.abs(two));
      return {
        nodes: nodes.map((node) => {
          const sign = node.nodeId === 'leaf:growth/AAA' ? 1 : node.nodeId === 'leaf:growth/BBB' ? -1 : 0;
          return { ...node, loss: node.loss + sign * shift };
        }),
      };
    });
    expect(swapped).toEqual([drawn]);
  });
});
