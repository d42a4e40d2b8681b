import {
  createCovariance,
  createFactorModel,
  createReturns,
  createScenarios,
  defaultRiskSpecification,
  evaluatePortfolio,
  leafContributions,
  riskMeasures,
  type PortfolioEvaluationInput,
  type RiskMeasure,
} from '@risk-budget/risk-math';
import { factorBasisOf, riskByFactor } from './risk-by-factor.js';
import { riskByGroup } from './risk-by-group.js';
import type { RiskBreakdown, RiskLine } from './risk.types.js';

const ids = ['A', 'B', 'C', 'INDEX'];
const volatilities = [0.02, 0.01, 0.03, 0.012];
const correlations = [
  [1, 0.5, 0.3, 0.8],
  [0.5, 1, -0.2, 0.4],
  [0.3, -0.2, 1, 0.5],
  [0.8, 0.4, 0.5, 1],
];
const covariance = createCovariance(
  Float64Array.from(
    ids.flatMap((_, i) =>
      ids.map((__, j) => (correlations[i]?.[j] ?? 0) * (volatilities[i] ?? 0) * (volatilities[j] ?? 0)),
    ),
  ),
  4,
);
const returns = createReturns(
  Float64Array.from({ length: 60 * 4 }, (_, at) => (volatilities[at % 4] ?? 0) * Math.sin(1 + at * at * 0.7)),
  60,
  4,
  ids,
);

/** Longs and a short; A in two strategies; a benchmark of weights that holds one name more. */
const input: PortfolioEvaluationInput = {
  nav: 100,
  leaves: [
    { strategy: 'Growth', sector: 'Tech', issuer: 'Alpha', instrumentId: 'A', value: 30 },
    { strategy: 'Growth', sector: 'Energy', issuer: 'Beta', instrumentId: 'B', value: 40 },
    { strategy: 'Hedge', sector: 'Tech', issuer: 'Alpha', instrumentId: 'A', value: 5 },
    { strategy: 'Hedge', sector: 'Tech', issuer: 'Gamma', instrumentId: 'C', value: -20 },
  ],
  model: { modelId: 'm', instrumentIds: ids, matrix: covariance },
  scenarios: createScenarios(returns, defaultRiskSpecification),
  benchmark: {
    kind: 'weights',
    weights: [
      { instrumentId: 'A', weight: 0.5 },
      { instrumentId: 'INDEX', weight: 0.3 },
    ],
  },
  specification: defaultRiskSpecification,
};
const evaluation = evaluatePortfolio(input);
const dimensions = ['security', 'strategy', 'sector', 'issuer'] as const;
const cases = riskMeasures.flatMap((measure) => dimensions.map((by) => [measure, by] as const));

const sum = ({ lines }: RiskBreakdown): number => lines.reduce((total, line) => total + line.component, 0);
const named = ({ lines }: RiskBreakdown, name: string): RiskLine => {
  const found = lines.find((line) => line.name === name);
  if (found === undefined) throw new Error(`no line ${name}`);
  return found;
};

describe('risk by dimension', () => {
  it.each(cases)('%s by %s: components sum to the figure, shares to one', (measure, by) => {
    const risk = riskByGroup(input, evaluation, measure, by);
    expect(risk.total).toBeCloseTo(evaluation.totals.measures[measure] ?? Number.NaN, 14);
    expect(sum(risk)).toBeCloseTo(risk.total, 13);
    expect(risk.lines.reduce((total, { percentage }) => total + (percentage ?? 0), 0)).toBeCloseTo(1, 12);
  });

  it.each(cases)('%s by %s: incremental is the figure less that of the portfolio without the part', (measure, by) => {
    const risk = riskByGroup(input, evaluation, measure, by);
    const field = by === 'security' ? 'instrumentId' : by;
    for (const line of risk.lines.filter(({ kind }) => kind === by)) {
      const without = { ...input, leaves: input.leaves.filter((leaf) => leaf[field] !== line.name) };
      expect(line.incremental).toBeCloseTo(risk.total - leafContributions(without, measure).total, 13);
    }
  });

  it.each(['volatility', 'var', 'es', 'trackingError'] as const)(
    '%s: each component is exposure × deviation × correlation, in every dimension',
    (measure) => {
      for (const by of dimensions) {
        for (const { component, xSigmaRho } of riskByGroup(input, evaluation, measure, by).lines) {
          const { exposure, deviation, correlation } = xSigmaRho ?? { exposure: 0, deviation: 0, correlation: 0 };
          expect(exposure * deviation * correlation).toBeCloseTo(component, 14);
        }
      }
    },
  );

  it.each(['volatility', 'var', 'es', 'historicalEs'] as const)(
    '%s: a security’s marginal is what one more unit of its weight would do',
    (measure) => {
      const risk = riskByGroup(input, evaluation, measure, 'security');
      const step = 1e-6;
      const more = (value: number) => ({
        ...input,
        leaves: input.leaves.map((leaf, index) => (index === 1 ? { ...leaf, value: leaf.value + value } : leaf)),
      });
      const slope =
        (leafContributions(more(100 * step), measure).total - leafContributions(more(-100 * step), measure).total) /
        (2 * step);
      expect(named(risk, 'B').marginal).toBeCloseTo(slope, 6);
    },
  );

  it('holds what only the benchmark holds apart, under tracking error alone', () => {
    expect(named(riskByGroup(input, evaluation, 'trackingError', 'sector'), 'benchmark').kind).toBe('benchmark');
    expect(riskByGroup(input, evaluation, 'volatility', 'sector').lines.map(({ name }) => name)).toEqual([
      'Energy',
      'Tech',
    ]);
  });

  it('refuses a measure that the portfolio does not have', () => {
    const bare = { ...input, scenarios: undefined, benchmark: undefined };
    for (const measure of ['trackingError', 'historicalVar', 'historicalEs'] as const) {
      expect(() => riskByGroup(bare, evaluatePortfolio(bare), measure, 'sector')).toThrow(
        expect.objectContaining({ code: 'ATTRIBUTION.NOT_DEFINED' }),
      );
    }
  });
});

describe('risk by factor', () => {
  const policy = { model: { method: 'sample', windowDays: 60 } } as const;

  it.each(riskMeasures.map((measure) => [measure] as const))(
    '%s: factors and the specific part sum to the figure',
    (measure) => {
      const risk = riskByFactor(input, measure, factorBasisOf(input, policy, ['INDEX', 'C']));
      expect(risk.total).toBeCloseTo(evaluation.totals.measures[measure] ?? Number.NaN, 14);
      expect(sum(risk)).toBeCloseTo(risk.total, 12);
      expect(risk.lines.map(({ kind }) => kind)).toEqual(['factor', 'factor', 'specific']);
    },
  );

  it('uses the factors of a factor model, whose exposures it knows', () => {
    const matrix = createFactorModel(3, 2, {
      exposures: Float64Array.of(1, 0, 0.8, 0.5, 1, 1),
      factorCovariance: Float64Array.of(1e-4, 0, 0, 4e-5),
      specificVariances: Float64Array.of(0, 1e-4, 0),
    });
    const modelled: PortfolioEvaluationInput = {
      ...input,
      leaves: [{ strategy: 'S', sector: 'X', issuer: 'I', instrumentId: 'B', value: 100 }],
      model: { modelId: 'f', instrumentIds: ['MKT', 'B', 'VALUE'], matrix },
      scenarios: undefined,
      benchmark: undefined,
    };
    const basis = factorBasisOf(
      modelled,
      {
        model: {
          method: 'timeSeriesFactor',
          marketInstrumentId: 'MKT',
          factorInstrumentIds: ['VALUE'],
          windowDays: 60,
        },
      },
      undefined,
    );
    const risk = riskByFactor(modelled, 'volatility', basis);
    const variance = 0.64e-4 + 0.25 * 4e-5 + 1e-4;
    expect(named(risk, 'market').component).toBeCloseTo((0.64e-4 / Math.sqrt(variance)) * Math.sqrt(252), 14);
    expect(named(risk, 'VALUE-market').xSigmaRho?.exposure).toBeCloseTo(0.5, 14);
    expect(named(risk, 'specific').percentage).toBeCloseTo(1e-4 / variance, 12);
  });

  it.each([
    ['none are named and the model has none', undefined],
    ['one is not in the model', ['NONE']],
    ['one is twice another', ['INDEX', 'INDEX']],
  ])('refuses where %s', (_, factors) => {
    const attempt = () => riskByFactor(input, 'volatility' as RiskMeasure, factorBasisOf(input, policy, factors));
    expect(attempt).toThrow(expect.objectContaining({ code: 'ATTRIBUTION.NO_FACTORS' }));
  });
});
