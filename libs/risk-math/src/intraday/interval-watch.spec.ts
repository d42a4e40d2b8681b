import { seededNormals } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { evaluatePortfolio } from '../evaluation/evaluate-portfolio.js';
import type { PortfolioEvaluationInput } from '../evaluation/types.js';
import { defaultRiskSpecification } from '../foundation/conventions.js';
import { createFactorModel } from '../model/factor-model.js';
import { IntervalWatch, intradayFigure, type WatchedFigure } from './interval-watch.js';
import { IntradayPortfolio } from './intraday-portfolio.js';

const size = 6;

/** Six names of 10 each, in two sectors and issuers of two. */
function portfolio(): { portfolio: IntradayPortfolio; input: PortfolioEvaluationInput } {
  const instrumentIds = Array.from({ length: size }, (_, i) => `A${i}`);
  const input: PortfolioEvaluationInput = {
    nav: 100,
    leaves: instrumentIds.map((instrumentId, i) => ({
      strategy: 'only',
      sector: `sector${i % 2}`,
      issuer: `issuer${i % 3}`,
      instrumentId,
      value: 10,
    })),
    model: {
      modelId: 'model',
      instrumentIds,
      matrix: createFactorModel(size, 2, {
        exposures: seededNormals(3, size * 2),
        factorCovariance: Float64Array.of(1e-4, 2e-5, 2e-5, 1e-4),
        specificVariances: new Float64Array(size).fill(1e-4),
      }),
    },
    specification: defaultRiskSpecification,
  };
  return { portfolio: new IntradayPortfolio(input, new Float64Array(size).fill(50)), input };
}

describe('watched figures', () => {
  const weightOf = (held: IntradayPortfolio, nodeId: string, low: number, high: number): WatchedFigure => ({
    node: held.nodeOf(nodeId)!,
    figure: 'weight',
    low,
    high,
  });

  it('names each figure that has left its interval, whichever instrument has moved it, until it is given another one', () => {
    const { portfolio: held } = portfolio();
    const watch = new IntervalWatch(held, [
      weightOf(held, 'leaf:only/A0', -Infinity, 0.11),
      weightOf(held, 'issuer:issuer0', -Infinity, 0.4),
      weightOf(held, 'leaf:only/A1', 0.0999, Infinity), // any rise of another takes it below
      weightOf(held, 'leaf:only/A2', 0.05, Infinity),
    ]);
    held.setPrice(0, 50.1);
    expect([...watch.afterPrice(0)]).toEqual([]);
    held.setPrice(0, 54);
    expect([...watch.afterPrice(0)]).toEqual([2]);
    watch.moveInterval(2, -Infinity, 0.0999);
    held.setPrice(0, 60);
    expect([...watch.afterPrice(0)]).toEqual([0]);
    watch.moveInterval(0, 0.11, Infinity);
    held.setPrice(0, 50);
    expect([...watch.afterPrice(0)].sort()).toEqual([0, 2]);
  });

  it('misses none of thousands of random moves, of any figure', () => {
    const { portfolio: held } = portfolio();
    const figures = ['volatility', 'var', 'weight', 'gross'] as const;
    const bands = (value: number): number => Math.floor(value * 400);
    const watched = held.identities.flatMap((_, node) =>
      figures.map((figure): WatchedFigure => {
        const band = bands(intradayFigure(held, figure, node)!);
        return { node, figure, low: band / 400, high: (band + 1) / 400 };
      }),
    );
    const band = Int32Array.from(watched, ({ low }) => Math.round(low * 400));
    const watch = new IntervalWatch(held, watched);
    const normals = seededNormals(9, 3000);
    const prices = new Float64Array(size).fill(50);
    let changes = 0;
    normals.forEach((normal, tick) => {
      const row = tick % size;
      prices[row]! *= Math.exp((tick % 50 === 0 ? 0.1 : 0.003) * normal);
      held.setPrice(row, prices[row]!);
      for (const index of watch.afterPrice(row)) {
        const { figure, node } = watched[index]!;
        band[index] = bands(intradayFigure(held, figure, node)!);
        watch.moveInterval(index, band[index]! / 400 - 1e-15, (band[index]! + 1) / 400);
        changes++;
      }
      const wrong = watched.filter(
        ({ figure, node }, index) => bands(intradayFigure(held, figure, node)!) !== band[index],
      );
      if (wrong.length > 0) expect(wrong).toEqual([]);
    });
    expect(changes).toBeGreaterThan(1000);
  });

  it('holds contributions to risk, by the evaluator’s figures', () => {
    const { portfolio: held } = portfolio();
    const node = held.nodeOf('sector:only/sector1')!;
    const at = (price: number): number => {
      held.setPrice(1, price);
      const { nodes } = evaluatePortfolio(held.evaluationInput());
      return nodes[node]!.contributions.var!;
    };
    const [calm, high] = [at(50), at(80)];
    at(50);
    const between = { node, figure: 'var', low: -Infinity, high: (calm + high) / 2 } as const;
    const watch = new IntervalWatch(held, [between]);
    held.setPrice(1, 80);
    expect([...watch.afterPrice(1)]).toEqual([0]);
    held.setPrice(1, 50);
    expect([...watch.afterPrice(1)]).toEqual([]);
  });

  it('refuses an interval without room, and a figure that the portfolio does not have', () => {
    const { portfolio: held } = portfolio();
    const watched = { node: 0, figure: 'beta', low: 0, high: 1 } as const;
    expect(failureOf(() => new IntervalWatch(held, [watched])).details.field).toBe('figure');
    expect(failureOf(() => new IntervalWatch(held, [{ ...watched, figure: 'gross', low: 1 }])).reason).toBe(
      'invalidInput',
    );
  });
});
