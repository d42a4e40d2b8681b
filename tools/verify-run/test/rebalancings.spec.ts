import { randomUUID } from 'node:crypto';
import {
  barsPublished,
  budgetPlanChanged,
  clockAdvanced,
  positionsStated,
  rebalancingWanted,
  type RebalancingWanted,
} from '@risk-budget/contracts';
import { checkRebalancings } from '../src/checks/rebalancings.js';
import { contextOf } from '../src/checks/context.js';
import { noFindings } from '../src/inputs/rest-findings.js';
import { run } from './corrupted.js';
import { policy, portfolioId, Recorder } from './synthetic/recorder.js';

/** Closes, day by day: half of all is in the share at 100, and the band is a hundredth. */
const closes = [100, 104, 106, 107, 103, 102, 106];
const dayOf = (at: number) => `2020-01-0${at + 1}`;
const planId = randomUUID();

/** 500 shares at so much and 50,000 in cash, back to one half of all in whole shares. */
function tradeAt(at: number): RebalancingWanted {
  const price = closes[at] ?? NaN;
  const nav = 500 * price + 50_000;
  const quantity = Math.round((nav / 2 - 500 * price) / price);
  return {
    ...{
      rebalancingId: randomUUID(),
      portfolioId,
      planId,
      planVersion: 1,
      asOf: `${dayOf(at)}T21:05:00.000Z`,
      reason: 'band',
    },
    trades: [
      {
        ...{ strategy: 'growth', instrumentId: 'AAA', quantityChange: String(quantity), price: String(price) },
        ...{ currentWeight: (500 * price) / nav, targetWeight: 0.5 },
      },
    ],
    turnover: Math.abs(quantity * price) / nav / 2,
  };
}

/** What is said against a run in which trades were asked for on these days. */
function failuresOf(asked: readonly RebalancingWanted[], target = 0.5, desk = run.inputs.desk): readonly string[] {
  const recorder = new Recorder(run.inputs);
  const start = `${dayOf(0)}T12:00:00.000Z`;
  for (const [at, close] of closes.entries()) {
    const time = `${dayOf(at)}T21:00:00.000Z`;
    const clock = (now: string) => recorder.publish(clockAdvanced, '/upstream/replay', now, { time: now, sequence: 1 });
    clock(time);
    const bars = [{ instrumentId: 'AAA', time, close: String(close), adjustmentFactor: '1' }];
    recorder.publish(barsPublished, '/upstream/market-data', time, { feed: 'close', interval: 'P1D', bars });
    if (at === 0) {
      recorder.publish(positionsStated, '/upstream/portfolio-state', start, {
        ...{ portfolioId, asOf: start, sequence: 1, cash: [{ currency: 'USD', amount: '50000' }] },
        positions: [{ strategy: 'growth', instrumentId: 'AAA', quantity: '500' }],
      });
      recorder.publish(budgetPlanChanged, '/risk-budget/allocation', time, {
        ...{ planId, portfolioId, version: 1, change: 'activated', status: 'active', effectiveFrom: time, policy },
        ...{ method: 'customWeights', rebalancingBand: 0.01, modelId: null, proposedBy: 'rita', approvedBy: 'anna' },
        trees: [
          {
            ...{ measure: 'volatility', total: 0.2, reserve: 0, accuracy: null },
            nodes: [
              {
                ...{ nodeId: 'portfolio', parentId: null, kind: 'portfolio', share: 1 },
                ...{ budget: 0.2, targetConsumption: 0.1 },
              },
            ],
          },
        ],
        targetWeights: [{ strategy: 'growth', instrumentId: 'AAA', weight: target }],
      });
    }
    const now = `${dayOf(at)}T21:05:00.000Z`;
    clock(now);
    for (const one of asked.filter(({ asOf }) => asOf.startsWith(dayOf(at)))) {
      recorder.publish(rebalancingWanted, '/risk-budget/allocation', now, one);
    }
  }
  const context = contextOf({ ...run.inputs, desk }, recorder.events(), noFindings);
  return checkRebalancings(context).flatMap(({ failures }) => failures);
}

/** Out at 106, still out at 107 and 103, back at 102, out again at 106. */
const right = [tradeAt(2), tradeAt(6)];

const first = (change: (one: RebalancingWanted) => RebalancingWanted): RebalancingWanted[] =>
  right.map((one, at) => (at === 0 ? change(one) : one));
const withTrade = (change: Partial<RebalancingWanted['trades'][number]>) =>
  first((one) => ({ ...one, trades: one.trades.map((trade) => ({ ...trade, ...change })) }));

describe('the verification of rebalancing', () => {
  it('passes trades asked for once for each excursion', () => {
    expect(tradeAt(2).trades[0]?.quantityChange).toBe('-14');
    expect(failuresOf(right)).toEqual([]);
  });

  it('fails on an excursion that nobody asked about, and on trades for none', () => {
    expect(failuresOf(right.slice(1))).toHaveLength(1);
    expect(failuresOf(right.slice(0, 1))).toHaveLength(1);
    expect(failuresOf([...right, tradeAt(1)])).toHaveLength(1);
    expect(failuresOf([...right, tradeAt(3)])).toHaveLength(1);
    expect(failuresOf([...right, tradeAt(4)])).toHaveLength(1);
    expect(failuresOf(first((one) => ({ ...one, asOf: `${dayOf(2)}T21:06:00.000Z` })))).toHaveLength(2);
    expect(failuresOf(first((one) => ({ ...one, reason: 'adjustment' })))).toHaveLength(2);
    expect(failuresOf(first((one) => ({ ...one, planVersion: 2 })))).toHaveLength(1);
    expect(failuresOf([...right, tradeAt(2)])).not.toEqual([]);
  });

  it('fails on trades that do not bring a weight to its target', () => {
    expect(failuresOf(withTrade({ quantityChange: '-13' }))).toHaveLength(2);
    expect(failuresOf(withTrade({ quantityChange: '-14.15' }))).not.toEqual([]);
    expect(failuresOf(withTrade({ strategy: 'value' }))).not.toEqual([]);
    expect(failuresOf(first((one) => ({ ...one, trades: [] })))).not.toEqual([]);
  });

  it('fails on a price, a weight, a target or a turnover that is off', () => {
    expect(failuresOf(withTrade({ price: '106.1' }))).toHaveLength(1);
    expect(failuresOf(withTrade({ currentWeight: 0.51 }))).toHaveLength(1);
    expect(failuresOf(withTrade({ targetWeight: 0.49 }))).toHaveLength(1);
    expect(failuresOf(first((one) => ({ ...one, turnover: one.turnover * 2 })))).toHaveLength(1);
  });

  it('fails on new targets that nobody asked trades for, and on a plan of the script that never came into force', () => {
    expect(failuresOf(right, 0.4)).toContain(
      `${portfolioId} activation at ${dayOf(0)}T21:00:00.000Z: nothing was asked for by version 1`,
    );
    const two = [...run.inputs.desk, ...run.inputs.desk];
    expect(failuresOf(right, 0.5, two)).toEqual(['1 plans came into force, 2 expected']);
  });
});
