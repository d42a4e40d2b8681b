import { createComputePool } from '@risk-budget/compute';
import { defaultRiskPolicy, riskModel, type RiskModelMethod, type RiskPolicy } from '@risk-budget/contracts';
import type { AlignedReturns } from '@risk-budget/market-data';
import {
  conditionNumber,
  createReturns,
  ewmaCovariance,
  ledoitWolf,
  nearestPositiveSemiDefinite,
  sampleCovariance,
  timeSeriesFactorModel,
} from '@risk-budget/risk-math';
import { assembleModel, estimationInput } from './model-assembly.js';
import { estimateModel } from './model-estimation.js';

const ids = ['AAA', 'BBB', 'ETF', 'MKT'];
const days = 300;

/** Reproducible returns with a market in them. */
function returnsOf(count = days): AlignedReturns {
  let state = 12345;
  const random = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const values = new Float64Array(count * ids.length);
  for (let t = 0; t < count; t++) {
    const market = 0.02 * random();
    const betas = [1.2, 0.8, 1, 1];
    betas.forEach((beta, i) => {
      values[t * ids.length + i] = beta * market + (i === 3 ? 0 : 0.01 * random());
    });
  }
  const dates = Array.from({ length: count }, (_, t) => new Date(Date.UTC(2019, 0, 2 + t)).toISOString().slice(0, 10));
  return {
    dates,
    startDate: '2019-01-01',
    lastBarTime: `${dates.at(-1)}T21:00:00.000Z`,
    instrumentIds: ids,
    values,
    returns: createReturns(values, count, ids.length, ids),
    observations: [count, 10, count, count],
    proxied: [
      { instrumentId: 'BBB', sector: 'Energy', scale: 1.5, members: ['AAA'], observations: 10, extent: 'whole' },
    ],
    holes: [{ instrumentId: 'AAA', missingDays: 1, dates: ['2019-02-01'] }],
    stale: [],
    nonSynchronous: [],
    unavailable: [],
  };
}

const policyOf = (model: RiskModelMethod): RiskPolicy => ({ ...defaultRiskPolicy, policyId: 'desk', model });
const factorMethod: RiskModelMethod = {
  method: 'timeSeriesFactor',
  marketInstrumentId: 'MKT',
  factorInstrumentIds: ['ETF'],
  windowDays: 300,
};

const pool = createComputePool();
afterAll(() => pool.close());

async function assembled(model: RiskModelMethod, aligned = returnsOf()) {
  const policy = policyOf(model);
  return assembleModel(aligned, await estimateModel(pool, estimationInput(aligned, policy), model), {
    modelId: '7b0d8f5e-93a5-4bb5-9a27-0c8d1f3a6f10',
    portfolioId: 'P1',
    policy,
    knownAt: '2020-01-02T21:15:00.000Z',
    codeVersion: '0.1.0',
  });
}

describe('an assembled risk model', () => {
  it.each([
    ['sample', { method: 'sample', windowDays: 300 } as const, () => sampleCovariance(returnsOf().returns)],
    [
      'ewma',
      { method: 'ewma', windowDays: 300, halfLifeDays: 60 } as const,
      () => ewmaCovariance(returnsOf().returns, { halfLifeDays: 60 }),
    ],
    [
      'ledoitWolf',
      { method: 'ledoitWolf', windowDays: 300, target: 'constantCorrelation' } as const,
      () => ledoitWolf(returnsOf().returns, 'constantCorrelation').covariance,
    ],
  ])('holds the lower triangle of the %s covariance, row by row', async (_, method, direct) => {
    const model = await assembled(method);
    const covariance = direct();
    model.rows.forEach((row, i) => {
      expect(row.covariances).toEqual([...covariance.values.subarray(i * ids.length, i * ids.length + i + 1)]);
    });
    expect(model.conditionNumber).toBe(conditionNumber(covariance));
    expect(model.repairs).toEqual([]);
    expect(riskModel.parse(model)).toEqual(model);
  });

  it('says what stands behind it: window, proxies, holes, observations', async () => {
    const model = await assembled({ method: 'sample', windowDays: 300 });
    expect(model).toMatchObject({
      asOf: '2019-10-28T21:00:00.000Z',
      windowStart: '2019-01-01',
      windowEnd: '2019-10-28',
      observations: 300,
      holes: [{ instrumentId: 'AAA', missingDays: 1 }],
    });
    expect(model.rows[1]).toMatchObject({ observations: 10, proxy: { sector: 'Energy', scale: 1.5 } });
    expect(model.rows[0]).not.toHaveProperty('proxy');
  });

  it('holds exposures, specific variances and fit of a factor model on the market and each fund over it', async () => {
    const model = await assembled(factorMethod);
    const returns = returnsOf().returns;
    const factors = new Float64Array(days * 2);
    for (let t = 0; t < days; t++) {
      factors[t * 2] = returns.values[t * 4 + 3]!;
      factors[t * 2 + 1] = returns.values[t * 4 + 2]! - returns.values[t * 4 + 3]!;
    }
    const fit = timeSeriesFactorModel(returns, createReturns(factors, days, 2, ['MKT', 'ETF-MKT']));
    expect(model.factors?.map((factor) => factor.factorId)).toEqual(['MKT', 'ETF-MKT']);
    expect(model.factorConditionNumber).toBe(fit.conditionNumber);
    expect(model.rows.map((row) => row.exposures)).toEqual(
      ids.map((_, i) => [...fit.model.exposures.subarray(i * 2, i * 2 + 2)]),
    );
    expect(model.rows.map((row) => row.specificVariance)).toEqual([...fit.model.specificVariances]);
    expect(model.rows[0]?.rSquared).toBe(fit.rSquared[0]);
    expect(riskModel.parse(model)).toEqual(model);
  });

  it('gives the same numbers for the same returns', async () => {
    expect(await assembled(factorMethod)).toEqual(await assembled(factorMethod));
  });

  it('says how far a matrix was moved that was not positive semi-definite', () => {
    const impossible = Float64Array.from({ length: 16 }, (_, at) => (at % 5 === 0 ? 1e-4 : -0.9e-4));
    const matrix = nearestPositiveSemiDefinite(impossible, 4, ids);
    const model = assembleModel(
      returnsOf(),
      { form: 'covariance', matrix, shrinkage: undefined, conditionNumber: null },
      {
        modelId: '7b0d8f5e-93a5-4bb5-9a27-0c8d1f3a6f10',
        portfolioId: 'P1',
        policy: policyOf({ method: 'sample', windowDays: 300 }),
        knownAt: '2020-01-02T21:15:00.000Z',
        codeVersion: '0.1.0',
      },
    );
    expect(model.repairs).toEqual([
      {
        kind: 'nearestPositiveSemiDefinite',
        distance: expect.any(Number),
        smallestEigenvalueBefore: expect.any(Number),
      },
    ]);
    expect(model.repairs[0]?.smallestEigenvalueBefore).toBeCloseTo(-1.7e-4, 12);
    expect(riskModel.parse(model)).toEqual(model);
  });

  it('refuses less history than the policy’s minimum', async () => {
    await expect(assembled({ method: 'sample', windowDays: 300 }, returnsOf(249))).rejects.toThrow(
      'FORECASTING.TOO_FEW_OBSERVATIONS',
    );
  });

  it('refuses a factor that has no history of its own, and names it', async () => {
    await expect(assembled({ ...factorMethod, factorInstrumentIds: ['BBB', 'ZZZ'] })).rejects.toThrow(
      expect.objectContaining({
        code: 'FORECASTING.FACTOR_WITHOUT_HISTORY',
        detail: expect.stringContaining("'BBB', 'ZZZ'"),
      }),
    );
  });
});
