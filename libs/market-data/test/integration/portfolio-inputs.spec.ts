import { randomUUID } from 'node:crypto';
import { defaultRiskPolicy, type CorporateAction, type RiskModel } from '@risk-budget/contracts';
import { seenAt, xnys, type PortfolioInputs } from '@risk-budget/market-data';
import { evaluatePortfolio } from '@risk-budget/risk-math';
import { close, createTestStores, equity, known, portfolio, type TestStores } from '../support/stores.js';

const policy = { ...defaultRiskPolicy, historicalWindowDays: 30, minimumHistoryDays: 20 };
const days = Array.from({ length: 40 }, (_, i) => xnys.addBusinessDays('2020-02-28', i - 39));
const today = days.at(-1) ?? '';
const at = seenAt(close(today));
const beginning = close('2019-12-31');

function model(instrumentIds: readonly string[], more: Partial<RiskModel> = {}): RiskModel {
  return {
    ...{ modelId: randomUUID(), portfolioId: 'P', policy, form: 'covariance', asOf: at.asOf, knownAt: at.knownAt },
    ...{ windowStart: days[0] ?? '', windowEnd: today, observations: 39, conditionNumber: 10, repairs: [], holes: [] },
    codeVersion: 'test',
    rows: instrumentIds.map((instrumentId, i) => ({
      instrumentId,
      covariances: instrumentIds.slice(0, i + 1).map((_, j) => (i === j ? 1e-4 * (i + 1) : 4e-5)),
      observations: 39,
    })),
    ...more,
  };
}

describe('the inputs of an evaluation', () => {
  let stores: TestStores;

  beforeEach(async () => {
    stores = await createTestStores();
    await stores.portfolios.put(portfolio('P', { benchmarkId: 'BM' }), known(beginning));
    await stores.benchmarks.put({ kind: 'series', benchmarkId: 'BM', instrumentId: 'IDX' }, known(beginning));
    await stores.instruments.put(
      [
        equity('A', { issuer: 'Acme', liquidity: { averageDailyVolume: '1000', participationRate: 0.1 } }),
        equity('B', { sector: 'Technology' }),
        equity('IDX', { assetClass: 'index' }),
        equity('N'),
      ],
      known(beginning),
    );
    for (const [seed, id] of ['A', 'B', 'IDX'].entries()) {
      const bars = days.map((date, i) => ({
        ...{ instrumentId: id, time: close(date), adjustmentFactor: '1' },
        close: (100 + 3 * Math.sin(seed + i * (1 + seed / 3))).toFixed(4),
      }));
      await stores.prices.put(bars, known(at.asOf));
    }
    await stores.models.put(model(['A', 'B', 'IDX']), known(at.knownAt));
  });
  afterEach(() => stores?.close());

  const state = (
    positions: readonly (readonly [string, string, string])[],
    cash = '1000',
    date = today,
    sequence = 1,
  ) =>
    stores.positions.putSnapshot(
      {
        ...{ portfolioId: 'P', asOf: close(date), sequence, cash: [{ currency: 'USD', amount: cash }] },
        positions: positions.map(([strategy, instrumentId, quantity]) => ({ strategy, instrumentId, quantity })),
      },
      known(close(date)),
    );
  const load = (asOf = at.asOf): Promise<PortfolioInputs> =>
    stores.loader.load({ portfolioId: 'P', at: seenAt(asOf), policy });
  const volatility = (inputs: PortfolioInputs): number =>
    evaluatePortfolio(inputs.evaluation).totals.measures.volatility ?? NaN;

  it('are value, weight and risk of what is held', async () => {
    await state([
      ['s', 'A', '10'],
      ['t', 'A', '5'],
      ['t', 'B', '-4'],
    ]);
    const inputs = await load();
    const [a] = (await stores.marks.marks(['A'], at)).values();
    const [b] = (await stores.marks.marks(['B'], at)).values();
    const nav = 15 * (a?.price ?? 0) - 4 * (b?.price ?? 0) + 1000;
    expect(inputs).toMatchObject({ modelledShare: 1, proxiedShare: 0, stalePrices: [], positionGaps: [], cash: 1000 });
    expect(inputs.nav).toBeCloseTo(nav, 9);
    expect(
      inputs.positions.map(({ strategy, instrumentId, issuer, daysToLiquidate }) => [
        strategy,
        instrumentId,
        issuer,
        daysToLiquidate,
      ]),
    ).toEqual([
      ['s', 'A', 'Acme', 0.1],
      ['t', 'A', 'Acme', 0.05],
      ['t', 'B', 'B', null],
    ]);
    expect(inputs.daysToLiquidate).toBe(0.1);
    expect(inputs.historicalWindow).toMatchObject({ scenarios: 30, end: today });
    const { totals } = evaluatePortfolio(inputs.evaluation);
    expect(Object.keys(totals.measures).sort()).toEqual(
      ['es', 'historicalEs', 'historicalVar', 'trackingError', 'var', 'volatility'].sort(),
    );
  });

  const corporateActions: [string, CorporateAction, (price: number) => number][] = [
    [
      'a split',
      { kind: 'split', instrumentId: 'A', exDate: '2020-03-03', ratio: '4', positions: 'before' },
      (p) => p / 4,
    ],
    [
      'a split stated after',
      { kind: 'split', instrumentId: 'A', exDate: '2020-03-03', ratio: '4', positions: 'after' },
      (p) => p / 4,
    ],
    [
      'a dividend',
      { kind: 'dividend', instrumentId: 'A', exDate: '2020-03-03', amount: '2', positions: 'before' },
      (p) => p - 2,
    ],
  ];
  it.each(corporateActions)(
    'move neither in NAV nor in risk by %s, at its ex-date and after its bar',
    async (_, action, ex) => {
      await state([
        ['s', 'A', '10'],
        ['s', 'B', '3'],
      ]);
      await stores.corporateActions.put(action, known(close('2020-02-20')));
      const before = await load();
      const atOpen = await load('2020-03-03T14:30:00.000Z');
      const price = before.marks.find((mark) => mark.instrumentId === 'A')?.price ?? 0;
      await stores.prices.put(
        [{ instrumentId: 'A', time: close('2020-03-03'), close: ex(price).toFixed(8), adjustmentFactor: '1' }],
        known(close('2020-03-03')),
      );
      const after = await load(close('2020-03-03'));
      for (const later of [atOpen, after]) {
        expect(later.nav).toBeCloseTo(before.nav, 5);
        if (action.kind === 'split') expect(volatility(later)).toBeCloseTo(volatility(before), 9);
      }
      if (action.kind === 'dividend') expect(after.cash).toBe(before.cash + 20);
    },
  );

  it('leave out a dividend that the sender’s cash includes', async () => {
    await state([['s', 'A', '10']]);
    await stores.corporateActions.put(
      { kind: 'dividend', instrumentId: 'A', exDate: '2020-03-03', amount: '2', positions: 'after' },
      known(close('2020-02-20')),
    );
    expect((await load(close('2020-03-03'))).cash).toBe(1000);
  });

  it('convert positions and cash, and refuse a currency without a rate', async () => {
    await stores.portfolios.put(portfolio('P', { baseCurrency: 'CHF' }), known(beginning));
    await state([['s', 'A', '10']]);
    await expect(load()).rejects.toMatchObject({ code: 'MARKET_DATA.NO_RATE' });
    const rate = (pair: string, value: string) => ({ pair, time: at.asOf, rate: value });
    await stores.rates.put([rate('EURUSD', '1.25'), rate('EURCHF', '1')], known(at.asOf));
    const inputs = await load();
    const price = inputs.marks[0]?.price ?? 0;
    expect(inputs.marks[0]?.rate).toBeCloseTo(0.8, 12);
    expect(inputs.nav).toBeCloseTo(0.8 * (10 * price + 1000), 9);
  });

  it('say which prices are stale, in calendar days', async () => {
    await state([['s', 'A', '10']]);
    expect((await load(close('2020-03-02'))).stalePrices).toEqual([]);
    expect((await load(close('2020-03-03'))).stalePrices).toEqual(['A']);
  });

  it('take the price that came with the position when it is newer than ours', async () => {
    const asOf = close('2020-03-02');
    await stores.positions.putSnapshot(
      {
        ...{ portfolioId: 'P', asOf, sequence: 1, cash: [] },
        positions: [{ strategy: 's', instrumentId: 'N', quantity: '1', price: '7.5' }],
      },
      known(asOf),
    );
    expect((await load(asOf)).marks).toMatchObject([{ instrumentId: 'N', price: 7.5, time: asOf }]);
  });

  it('put a sector proxy in the place of a name that the model does not have, and say so', async () => {
    await stores.prices.put([{ instrumentId: 'N', time: at.asOf, close: '50', adjustmentFactor: '1' }], known(at.asOf));
    await state([
      ['s', 'A', '5'],
      ['s', 'N', '10'],
    ]);
    const inputs = await load();
    expect(inputs.unmodelled).toEqual(['N']);
    expect(inputs.modelledShare).toBeCloseTo(inputs.positions[0]!.value / (inputs.positions[0]!.value + 500), 12);
    expect(inputs.proxiedShare).toBeCloseTo(1 - inputs.modelledShare, 12);
    // Its sector has one member, A, for which it then stands: the same risk for the same money.
    await state(
      [
        ['s', 'A', '5'],
        ['t', 'A', String(500 / inputs.positions[0]!.price)],
      ],
      '1000',
      today,
      2,
    );
    const same = await load();
    expect(volatility(inputs)).toBeCloseTo(volatility(same), 8);
    const historical = (one: PortfolioInputs): number =>
      evaluatePortfolio(one.evaluation).totals.measures.historicalVar ?? NaN;
    expect(historical(inputs)).toBeCloseTo(historical(same), 8);
  });

  it('after trades are those of a portfolio that holds what was bought, with the cash that was paid', async () => {
    await state([
      ['s', 'A', '10'],
      ['s', 'B', '3'],
    ]);
    const inputs = await load();
    const traded = await stores.loader.withTrades(inputs, [
      { strategy: 's', instrumentId: 'A', quantityChange: '-10' },
      { strategy: 't', instrumentId: 'B', quantityChange: '2.5' },
    ]);
    const [a, b] = inputs.marks.map((mark) => mark.price);
    expect(traded.nav).toBeCloseTo(inputs.nav, 8);
    expect(traded.cash).toBeCloseTo(1000 + 10 * (a ?? 0) - 2.5 * (b ?? 0), 8);
    expect(traded.positions.map(({ strategy, quantity }) => [strategy, quantity])).toEqual([
      ['s', '3'],
      ['t', '2.5'],
    ]);
    const back = await stores.loader.withTrades(traded, [
      { strategy: 's', instrumentId: 'A', quantityChange: '10' },
      { strategy: 't', instrumentId: 'B', quantityChange: '-2.5' },
    ]);
    expect(volatility(back)).toBeCloseTo(volatility(inputs), 12);
    const copy = { ...inputs };
    expect((await stores.loader.withTrades(copy, [])).evaluation).toEqual(inputs.evaluation);
    const dearer = await stores.loader.withTrades(inputs, [
      { strategy: 's', instrumentId: 'B', quantityChange: '1', price: String((b ?? 0) + 1) },
    ]);
    expect(dearer.nav).toBeCloseTo(inputs.nav - 1, 8);
  });

  it('refuse what cannot be valued, each with its code', async () => {
    await expect(stores.loader.load({ portfolioId: 'GHOST', at, policy })).rejects.toMatchObject({
      code: 'MARKET_DATA.UNKNOWN_PORTFOLIO',
    });
    await expect(load()).rejects.toMatchObject({ code: 'MARKET_DATA.NO_POSITIONS' });
    await state([['s', 'UNKNOWN', '1']], '1000', today, 1);
    await expect(load()).rejects.toMatchObject({ code: 'MARKET_DATA.UNKNOWN_INSTRUMENT' });
    await state([['s', 'N', '1']], '1000', today, 2);
    await expect(load()).rejects.toMatchObject({ code: 'MARKET_DATA.NO_PRICE' });
    await state([['s', 'A', '-100']], '0', today, 3);
    await expect(load()).rejects.toMatchObject({ code: 'MARKET_DATA.NAV_NOT_POSITIVE' });
    await state([['s', 'A', '1']], '0', today, 4);
    const other = { ...policy, version: 2 };
    await expect(stores.loader.load({ portfolioId: 'P', at, policy: other })).rejects.toMatchObject({
      code: 'MARKET_DATA.NO_MODEL',
    });
    const inputs = await load();
    const buy = (instrumentId: string) =>
      stores.loader.withTrades(inputs, [{ strategy: 's', instrumentId, quantityChange: '1' }]);
    await expect(buy('UNKNOWN')).rejects.toMatchObject({ code: 'MARKET_DATA.UNKNOWN_INSTRUMENT' });
    await expect(buy('N')).rejects.toMatchObject({ code: 'MARKET_DATA.NO_PRICE' });
  });

  it('of a portfolio of cash alone have no risk', async () => {
    await state([], '1000');
    const inputs = await load();
    expect(inputs).toMatchObject({
      nav: 1000,
      modelledShare: 1,
      proxiedShare: 0,
      positions: [],
      daysToLiquidate: null,
    });
    expect(volatility(inputs)).toBe(0);
  });

  it('measure against weights, stand-ins for unknown names included', async () => {
    await stores.benchmarks.put(
      {
        ...{ kind: 'weights', benchmarkId: 'BM', asOf: at.asOf },
        weights: [
          { instrumentId: 'A', weight: 0.5 },
          { instrumentId: 'N', weight: 0.4 },
        ],
      },
      known(at.asOf),
    );
    await state([['s', 'A', '10']]);
    const inputs = await load();
    expect(inputs.benchmarkProblem).toBeNull();
    expect(inputs.unmodelled).toEqual([]);
    expect(evaluatePortfolio(inputs.evaluation).totals.measures.trackingError).toBeGreaterThan(0);
    await stores.models.put(model(['B']), known(at.knownAt));
    await stores.benchmarks.put({ kind: 'series', benchmarkId: 'BM', instrumentId: 'IDX' }, known(at.knownAt));
    await state([['s', 'B', '10']], '1000', today, 2);
    const without = await load(close('2020-03-02'));
    expect(without.benchmarkProblem).toContain('IDX');
    expect(without.evaluation.benchmark).toBeUndefined();
  });
});
