import fc from 'fast-check';
import { seededCovariance, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import type { evaluatePortfolio } from '../evaluation/evaluate-portfolio.js';
import { defaultRiskSpecification } from '../foundation/conventions.js';
import type { ExplainedChangeInput, ExplainedState } from './explained-change.js';
import { explainFigure } from './explained-figure.js';

const instrumentIds = ['A', 'B'];

const state = (seed: number, quantities: number[], prices: number[], cash: number): ExplainedState => ({
  nav: cash + quantities.reduce((sum, quantity, i) => sum + quantity * prices[i]!, 0),
  quantities: Float64Array.from(quantities),
  prices: Float64Array.from(prices),
  model: { modelId: `m${seed}`, instrumentIds, matrix: seededCovariance(seed, 2) },
});

const input: Omit<ExplainedChangeInput, 'nodes'> = {
  measure: 'volatility',
  specification: defaultRiskSpecification,
  leaves: instrumentIds.map((instrumentId) => ({ strategy: 's', sector: 'x', issuer: instrumentId, instrumentId })),
  from: state(1, [2, 3], [10, 10], 50),
  to: state(2, [4, 3], [10, 20], 30),
};

describe('the explained figure', () => {
  it('by hand: a weight moves by quantities and prices alone', () => {
    // Weight of A in the four states: 20/100, bought 40/100 (cash 30), repriced 20/130, both 40/130.
    const change = explainFigure(input, ({ views }) => views.find(({ nodeId }) => nodeId === 'instrument:A')!.weight);
    expect(change.from).toBeCloseTo(0.2, 15);
    expect(change.to).toBeCloseTo(40 / 130, 15);
    expect(change.effects.quantities).toBeCloseTo((0.2 + 20 / 130) / 2, 14);
    expect(change.effects.prices).toBeCloseTo((20 / 130 - 0.2 + 40 / 130 - 0.4) / 2, 14);
    expect(change.effects.volatilities).toBe(0);
    expect(change.effects.correlations).toBe(0);
    expect(change.specification).toBeNull();
  });

  it('sums to the change, and changes sign when the states change places, for any two states of any portfolio', () => {
    const numbers = fc.array(fc.double({ min: 1, max: 100, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(seeds, numbers, numbers, (seed, before, after) => {
        const stateOf = (at: number, [a, b, p, q, cash]: number[]) => state(at, [a!, b!], [p!, q!], cash!);
        const [from, to] = [stateOf(seed, before), stateOf(seed + 1, after)];
        const volatilityOf = (portfolio: ReturnType<typeof evaluatePortfolio>) =>
          portfolio.nodes[0]!.standAlone.volatility!;
        const there = explainFigure({ ...input, from, to }, volatilityOf);
        const back = explainFigure({ ...input, from: to, to: from }, volatilityOf);
        const size = Math.max(there.from!, there.to!);
        let sum = 0;
        for (const [source, effect] of Object.entries(there.effects)) {
          sum += effect / size;
          expect(back.effects[source as keyof typeof back.effects]! / size).toBeCloseTo(-effect / size, 10);
        }
        expect(sum).toBeCloseTo((there.to! - there.from!) / size, 10);
      }),
    );
  });

  it('sums to the change of a figure that the model moves too, the new specification a line of its own', () => {
    const respecified = { model: state(3, [], [], 1).model, specification: defaultRiskSpecification };
    const standAlone = (portfolio: ReturnType<typeof evaluatePortfolio>) => portfolio.nodes[1]!.standAlone.volatility!;
    const change = explainFigure({ ...input, respecified }, standAlone);
    const effects = Object.values(change.effects).reduce((sum, effect) => sum + effect, 0);
    expect(change.from + effects + change.specification!).toBeCloseTo(change.to, 14);
    expect(change.effects.volatilities).not.toBe(0);
    expect(change.specification).not.toBe(0);
  });

  it('refuses a figure that a state does not have', () => {
    expect(failureOf(() => explainFigure(input, () => Number.NaN))).toMatchObject({ reason: 'invalidInput' });
  });
});
