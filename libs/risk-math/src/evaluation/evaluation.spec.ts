import fc from 'fast-check';
import { seededCovariance, seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, returnsWithMarket, sum } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { sampleCovariance } from '../covariance/sample.js';
import { type RiskMeasure, defaultRiskSpecification, riskMeasures } from '../foundation/conventions.js';
import { createFactorModel } from '../model/factor-model.js';
import { toDense } from '../model/risk-model-matrix.js';
import { createScenarios } from '../returns/scenarios.js';
import { evaluatePortfolio } from './evaluate-portfolio.js';
import type { EvaluatedNode, MeasureValues, PortfolioEvaluationInput, PortfolioLeaf } from './types.js';
import { utilizationOf } from './utilization.js';

interface ConcentrationFigures {
  largest: number;
  topFive: number;
  herfindahl: number;
  effectiveNumber: number;
}
interface Golden {
  nav: number;
  instrumentIds: string[];
  leaves: PortfolioLeaf[];
  totals: Record<RiskMeasure, number>;
  beta: number;
  benchmarkContribution: number;
  concentrationByInstrument: ConcentrationFigures;
  concentrationByIssuer: ConcentrationFigures;
  nodes: Record<string, { value: number; gross: number; contributions: MeasureValues; standAlone: MeasureValues }>;
}

const expected = golden<Golden>('evaluation/fixtures/evaluation.json');
const returns = returnsWithMarket();
const scenarios = createScenarios(returns, defaultRiskSpecification);
const input: PortfolioEvaluationInput = {
  nav: expected.nav,
  leaves: expected.leaves,
  model: { modelId: 'model-1', instrumentIds: returns.ids, matrix: sampleCovariance(returns) },
  scenarios,
  benchmark: { kind: 'series', instrumentId: 'SP500' },
  specification: defaultRiskSpecification,
};
const evaluation = evaluatePortfolio(input);
const all = [...evaluation.nodes, ...evaluation.views];

const nodeOf = (nodes: readonly EvaluatedNode[], id: string): EvaluatedNode => {
  const node = nodes.find(({ nodeId }) => nodeId === id);
  if (node === undefined) throw new Error(`no node ${id}`);
  return node;
};

function expectMeasures(actual: MeasureValues, wanted: MeasureValues): void {
  for (const [measure, value] of Object.entries(wanted) as [RiskMeasure, number][]) {
    expect(seen('A whole portfolio', actual[measure]! - value)).toBeLessThan(1e-12 * Math.max(1, Math.abs(value)));
  }
}

describe('the evaluator', () => {
  it('agrees with pandas on every node of a portfolio with one share in two strategies', () => {
    expectMeasures(evaluation.totals.measures, expected.totals);
    expect(seen('Beta; concentration', evaluation.totals.beta! - expected.beta)).toBeLessThan(1e-12);
    expect(new Set(all.map(({ nodeId }) => nodeId))).toEqual(new Set([...Object.keys(expected.nodes), 'benchmark']));
    for (const [id, wanted] of Object.entries(expected.nodes)) {
      const node = nodeOf(all, id);
      expect(node.value).toBeCloseTo(wanted.value, 6);
      expect(node.weight).toBeCloseTo(wanted.value / expected.nav, 13);
      expect(node.gross).toBeCloseTo(wanted.gross, 13);
      if (id !== 'portfolio') expectMeasures(node.contributions, wanted.contributions);
      expectMeasures(node.standAlone, wanted.standAlone);
    }
  });

  it('gives the series benchmark a node of its own, whose contribution completes tracking error', () => {
    const benchmark = nodeOf(evaluation.nodes, 'benchmark');
    expect(
      seen('A whole portfolio', benchmark.contributions.trackingError! - expected.benchmarkContribution),
    ).toBeLessThan(1e-12);
    expect(benchmark.contributions.volatility).toBe(0);
    expect(benchmark.value).toBe(0);
  });

  it('measures concentration on gross weights by instrument and issuer', () => {
    const { byInstrument, byIssuer } = evaluation.totals.concentration;
    for (const key of ['largest', 'topFive', 'herfindahl', 'effectiveNumber'] as const) {
      expect(seen('Beta; concentration', byInstrument[key] - expected.concentrationByInstrument[key])).toBeLessThan(
        1e-12,
      );
      expect(seen('Beta; concentration', byIssuer[key] - expected.concentrationByIssuer[key])).toBeLessThan(1e-12);
    }
  });

  it('sums children to their parent, and every view to the portfolio, for every measure', () => {
    for (const measure of riskMeasures) {
      for (const parent of evaluation.nodes) {
        const children = evaluation.nodes.filter(({ parentId }) => parentId === parent.nodeId);
        if (children.length === 0) continue;
        expect(sum(children.map((child) => child.contributions[measure]!))).toBeCloseTo(
          parent.contributions[measure]!,
          13,
        );
      }
      const outside = nodeOf(evaluation.nodes, 'benchmark').contributions[measure]!;
      for (const kind of ['issuer', 'sectorTotal', 'instrument']) {
        const view = evaluation.views.filter((node) => node.kind === kind);
        expect(sum(view.map((node) => node.contributions[measure]!)) + outside).toBeCloseTo(
          evaluation.totals.measures[measure]!,
          13,
        );
      }
      expect(nodeOf(evaluation.nodes, 'portfolio').contributions[measure]).toBeCloseTo(
        evaluation.totals.measures[measure]!,
        13,
      );
    }
  });

  it('lists parents before children', () => {
    const seen = new Set<string | null>([null]);
    for (const node of evaluation.nodes) {
      expect(seen.has(node.parentId)).toBe(true);
      seen.add(node.nodeId);
    }
  });

  it('does not depend on the order of the leaves', () => {
    const shuffled = evaluatePortfolio({ ...input, leaves: [...input.leaves].reverse() });
    expect(shuffled.nodes.map(({ nodeId }) => nodeId)).toEqual(evaluation.nodes.map(({ nodeId }) => nodeId));
    shuffled.nodes.forEach((node, at) => expectMeasures(node.contributions, evaluation.nodes[at]!.contributions));
  });

  it('of cash alone has no risk and divides nothing by 0', () => {
    const cash = evaluatePortfolio({ ...input, leaves: [], benchmark: undefined });
    expect(cash.totals.measures).toEqual({ volatility: 0, var: 0, es: 0, historicalVar: 0, historicalEs: 0 });
    expect(cash.totals).toMatchObject({ gross: 0, net: 0, cash: 1, beta: null });
    expect(cash.nodes.map(({ nodeId }) => nodeId)).toEqual(['portfolio']);
  });

  it('leaves out what the input does not allow or was not asked for', () => {
    const short = evaluatePortfolio({ ...input, scenarios: undefined, benchmark: undefined });
    expect(Object.keys(short.totals.measures)).toEqual(['volatility', 'var', 'es']);
    expect(short.totals.historical).toBeNull();
    const asked = evaluatePortfolio({ ...input, measures: ['historicalEs'] });
    expect(Object.keys(asked.nodes[0]!.contributions)).toEqual(['historicalEs']);
    expect(asked.totals.measures.historicalEs).toBe(evaluation.totals.measures.historicalEs);
  });

  it('states how the historical figures were made', () => {
    expect(evaluation.totals.historical).toMatchObject({ scenarios: 500, independentWindows: 500 });
    expect(evaluation.totals.historical?.kernelBandwidth).toBeGreaterThan(0);
  });
});

describe('a benchmark of weights', () => {
  const weights = [
    { instrumentId: 'AAPL', weight: 0.6 },
    { instrumentId: 'XOM', weight: 0.3 },
  ];
  const held = input.leaves.filter(({ instrumentId }) => instrumentId !== 'XOM');
  const active = evaluatePortfolio({ ...input, leaves: held, benchmark: { kind: 'weights', weights } });

  it('puts the names only it holds on the benchmark node and takes the others off their leaves', () => {
    const benchmark = nodeOf(active.nodes, 'benchmark');
    const rest = active.nodes.filter(({ kind }) => kind === 'leaf');
    expect(benchmark.standAlone.trackingError).toBeCloseTo(
      0.3 * Math.sqrt(252 * input.model.matrix.variances[returns.ids.indexOf('XOM')]!),
      12,
    );
    expect(
      sum(rest.map((node) => node.contributions.trackingError!)) + benchmark.contributions.trackingError!,
    ).toBeCloseTo(active.totals.measures.trackingError!, 13);
  });

  it('gives no tracking error to a portfolio that is the benchmark, though it sits in two strategies', () => {
    const leaf = { sector: 'S', issuer: 'I', instrumentId: 'AAPL' };
    const copy = evaluatePortfolio({
      ...input,
      nav: 100,
      leaves: [
        { ...leaf, strategy: 'a', value: 40 },
        { ...leaf, strategy: 'b', value: 20 },
        { ...leaf, strategy: 'a', instrumentId: 'XOM', value: 30 },
      ],
      benchmark: { kind: 'weights', weights },
    });
    expect(copy.totals.measures.trackingError).toBeCloseTo(0, 12);
    expect(copy.totals.beta).toBeCloseTo(1, 12);
    for (const node of copy.nodes) expect(node.standAlone.trackingError).toBeCloseTo(0, 12);
  });
});

describe('a factor model', () => {
  it('evaluates as its written-out covariance does', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const parts = seededReturns(seed, 12, 3);
        const matrix = createFactorModel(12, 3, {
          exposures: parts.values.map((value) => value * 100),
          factorCovariance: seededCovariance(seed, 3).values,
          specificVariances: new Float64Array(12).fill(1e-5),
        });
        const instrumentIds = Array.from({ length: 12 }, (_, i) => `I${i}`);
        const leaves = instrumentIds.map((instrumentId, i) => ({
          strategy: i % 2 === 0 ? 'x' : 'y',
          sector: `s${i % 3}`,
          issuer: `c${i % 5}`,
          instrumentId,
          value: (i - 4) * 10,
        }));
        const evaluate = (form: typeof matrix | ReturnType<typeof toDense>) =>
          evaluatePortfolio({
            nav: 500,
            leaves: [...leaves, { ...leaves[0]!, strategy: 'z', value: 7 }],
            model: { modelId: 'm', instrumentIds, matrix: form },
            specification: defaultRiskSpecification,
          });
        const factorForm = evaluate(matrix);
        const dense = evaluate(toDense(matrix));
        [...factorForm.nodes, ...factorForm.views].forEach((node, at) => {
          const other = [...dense.nodes, ...dense.views][at]!;
          expectMeasures(node.contributions, other.contributions);
          expectMeasures(node.standAlone, other.standAlone);
        });
      }),
      { numRuns: 20 },
    );
  });
});

describe('what the evaluator refuses', () => {
  const [leaf] = input.leaves;

  it.each([0, -1, NaN])('a net asset value of %d', (nav) => {
    expect(failureOf(() => evaluatePortfolio({ ...input, nav })).reason).toBe('invalidInput');
  });

  it('instruments the model does not know, naming them', () => {
    const leaves = [...input.leaves, { ...leaf!, instrumentId: 'NOVEL' }, { ...leaf!, instrumentId: 'OTHER' }];
    const failure = failureOf(() => evaluatePortfolio({ ...input, leaves }));
    expect(failure.reason).toBe('invalidInput');
    expect(failure.details.ids).toEqual(['NOVEL', 'OTHER']);
  });

  it('a benchmark the model does not know', () => {
    const failure = failureOf(() =>
      evaluatePortfolio({ ...input, benchmark: { kind: 'series', instrumentId: 'MSCI' } }),
    );
    expect(failure.details).toEqual({ field: 'benchmark', ids: ['MSCI'] });
  });

  it('a leaf that stands twice', () => {
    expect(failureOf(() => evaluatePortfolio({ ...input, leaves: [leaf!, leaf!] })).reason).toBe('invalidInput');
  });

  it('a value that is not finite', () => {
    expect(failureOf(() => evaluatePortfolio({ ...input, leaves: [{ ...leaf!, value: Infinity }] })).reason).toBe(
      'invalidInput',
    );
  });

  it('scenarios of another horizon or of other instruments', () => {
    const specification = { ...defaultRiskSpecification, horizonDays: 10 };
    expect(failureOf(() => evaluatePortfolio({ ...input, specification })).details.field).toBe('scenarios');
    const other = createScenarios(seededReturns(1, 50, 4), defaultRiskSpecification);
    expect(failureOf(() => evaluatePortfolio({ ...input, scenarios: other })).details.field).toBe('scenarios');
  });
});

describe('utilization', () => {
  it('is consumption over budget, and headroom what is left', () => {
    expect(utilizationOf(0.03, 0.12)).toEqual({
      state: 'budgeted',
      consumption: 0.03,
      budget: 0.12,
      utilization: 0.25,
      headroom: 0.09,
    });
  });

  it('of a hedge is 0, with more headroom than its budget', () => {
    expect(utilizationOf(-0.01, 0.05)).toMatchObject({ utilization: 0, headroom: 0.060000000000000005 });
  });

  it('without a budget is the state unbudgeted, never a division by 0', () => {
    expect(utilizationOf(0.01, null)).toMatchObject({ state: 'unbudgeted', utilization: null, headroom: null });
    expect(utilizationOf(0.01, 0)).toMatchObject({ state: 'unbudgeted', utilization: null, headroom: -0.01 });
    expect(utilizationOf(0, 0)).toMatchObject({ state: 'budgeted', utilization: 0, headroom: 0 });
  });

  it('refuses a negative budget', () => {
    expect(failureOf(() => utilizationOf(0, -1)).reason).toBe('invalidInput');
  });
});
