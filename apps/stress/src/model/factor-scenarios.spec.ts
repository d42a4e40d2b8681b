import type { Instrument } from '@risk-budget/contracts';
import type { InstrumentStore, PortfolioInputs, PositionInput } from '@risk-budget/market-data';
import { createFactorModel, gaussianVar } from '@risk-budget/risk-math';
import { stressedPortfolio, stressNodes, type StressedPortfolio } from '../portfolio/stressed-portfolio.js';
import { Kernels } from '../runs/kernels.js';
import { Analyses } from './analyses.js';
import { ModelScenarios } from './model-scenarios.js';
import { ShockTargets } from './shock-targets.js';
import type { Simulations } from './simulations.js';

const ids = ['AAA', 'BBB', 'CCC'];
const exposures = [1.2, 0.3, 0.8, -0.2, 1, 0];
const matrix = createFactorModel(3, 2, {
  exposures: Float64Array.from(exposures),
  factorCovariance: Float64Array.from([1e-4, 2e-5, 2e-5, 4e-5]),
  specificVariances: Float64Array.from([1e-4, 5e-5, 2e-4]),
  ids,
  factorIds: ['MKT', 'VALUE'],
});
const weights: Record<string, number> = { AAA: 0.5, BBB: 0.4, CCC: -0.2 };
const specification = { confidence: 0.95, horizonDays: 1, scaling: 'sqrt', quantileRule: 'type7' } as const;

/** A portfolio on a model in factor form. */
function portfolio(benchmark?: PortfolioInputs['evaluation']['benchmark']): StressedPortfolio {
  const positions = ids.map(
    (instrumentId) =>
      ({
        strategy: 'core',
        sector: 'S',
        issuer: instrumentId,
        instrumentId,
        weight: weights[instrumentId],
      }) as PositionInput,
  );
  return stressedPortfolio({
    portfolio: { portfolioId: 'P1' },
    at: { asOf: '2020-03-06T21:30:00.000Z', knownAt: '2020-03-06T21:30:00.000Z' },
    model: { modelId: 'm', windowStart: '2019-01-02', windowEnd: '2020-03-06', observations: 297 },
    positions,
    evaluation: { model: { modelId: 'm', instrumentIds: ids, matrix }, specification, benchmark },
  } as unknown as PortfolioInputs);
}

const definitions = new Map(ids.map((id) => [id, { instrumentId: id, sector: 'S' } as Instrument]));
const targets = new ShockTargets({ find: () => Promise.resolve(definitions) } as unknown as InstrumentStore);
const kernels = new Kernels();
const models = new ModelScenarios(targets, kernels);
const scenario = { scenarioId: 's', version: 1, name: 'S', knownFrom: null };

describe('scenarios on a factor model', () => {
  afterAll(() => kernels.onApplicationShutdown());

  it('moves each name by its exposures to a shocked factor, and the other factor as far as they move together', async () => {
    const { result, leafLosses } = await models.hypothetical(portfolio(), {
      ...scenario,
      definition: { kind: 'hypothetical', shocks: [{ target: { kind: 'factor', factorId: 'MKT' }, return: -0.1 }] },
    });
    const other = (-0.1 * 2e-5) / 1e-4;
    ids.forEach((id, i) => {
      const move = (exposures[2 * i] ?? NaN) * -0.1 + (exposures[2 * i + 1] ?? NaN) * other;
      expect(leafLosses[i]).toBeCloseTo(-(weights[id] ?? NaN) * move, 14);
    });
    expect(result.distance).toBeCloseTo(0.1 / Math.sqrt(1e-4), 10);
  });

  it('knows a factor of the model, and no other', async () => {
    const shock = (factorId: string) => targets.resolve(portfolio(), [{ kind: 'factor', factorId }]);
    expect(await shock('VALUE')).toEqual([{ kind: 'factor', factorId: 'VALUE' }]);
    await expect(shock('MOMENTUM')).rejects.toThrow('STRESS.UNKNOWN_SHOCK_TARGET');
  });

  it('takes for the market the benchmark: a series, weights, or a refusal where there is none', async () => {
    const market = [{ kind: 'market' as const }];
    expect(await targets.resolve(portfolio({ kind: 'series', instrumentId: 'CCC' }), market)).toEqual([
      { kind: 'instruments', instrumentIds: ['CCC'] },
    ]);
    const byWeight = { kind: 'weights' as const, weights: [{ instrumentId: 'BBB', weight: 0.7 }] };
    expect(await targets.resolve(portfolio(byWeight), market)).toEqual([
      { kind: 'portfolio', name: 'market', weights: Float64Array.from([0, 0.7, 0]) },
    ]);
    await expect(targets.resolve(portfolio(), market)).rejects.toThrow('STRESS.NO_BENCHMARK');
  });

  it('takes for a correlation stress the correlations of the factors', async () => {
    const stress = (first: string, second: string) =>
      models.modelStress(portfolio(), {
        ...scenario,
        definition: { kind: 'modelStress', correlation: { kind: 'set', pairs: [{ first, second, correlation: 1 }] } },
      });
    const { result, leafLosses } = await stress('MKT', 'VALUE');
    const base = gaussianVar(
      matrix,
      Float64Array.from(ids, (id) => weights[id] ?? NaN),
      specification,
    );
    expect(result.baseline).toBeCloseTo(base, 14);
    expect(result.loss).toBeGreaterThan(base);
    expect(leafLosses.reduce((sum, loss) => sum + loss, 0)).toBeCloseTo(result.loss, 14);
    await expect(stress('AAA', 'BBB')).rejects.toThrow('STRESS.UNKNOWN_SHOCK_TARGET');
  });

  it('tells the sensitivity to each factor, alone and with the other where it is expected', () => {
    const found = new Analyses({} as Simulations).sensitivities(portfolio());
    const exposure = 0.5 * 1.2 + 0.4 * 0.8 - 0.2 * 1;
    expect(found.factors?.[0]).toMatchObject({ factorId: 'MKT', exposure: expect.closeTo(exposure, 14) });
    expect(found.factors?.[0]?.lossAlone).toBeCloseTo(-exposure, 14);
    expect(found.factors?.[0]?.lossWithOthers).toBeCloseTo(-(exposure + (0.5 * 0.3 - 0.4 * 0.2) * 0.2), 14);
  });

  it('refuses a portfolio that holds what nothing in the model stands for, instead of counting no loss', async () => {
    const held = portfolio();
    const stranger = { ...held.leaves[0], instrumentId: 'ZZZ' } as PositionInput;
    const definition = { kind: 'modelStress' as const, volatilityMultiplier: 2 };
    await expect(
      models.modelStress({ ...held, leaves: [...held.leaves, stranger] }, { ...scenario, definition }),
    ).rejects.toThrow('STRESS.NO_HISTORY');
  });
});

describe('nodes of a portfolio', () => {
  it('sum the losses of their leaves under each scenario', () => {
    const nodes = stressNodes(portfolio(), [Float64Array.from([0.1, -0.02, 0.03]), Float64Array.from([0, 0, 0.5])]);
    expect(nodes[0]).toMatchObject({ nodeId: 'portfolio', parentId: null });
    expect(nodes[0]?.losses[0]).toBeCloseTo(0.11, 14);
    expect(nodes.find(({ nodeId }) => nodeId === 'issuer:CCC')?.losses).toEqual([0.03, 0.5]);
    expect(nodes.find(({ nodeId }) => nodeId === 'leaf:core/BBB')).toMatchObject({ parentId: 'sector:core/S' });
  });
});
