import fc from 'fast-check';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, portfolioReturns } from '../../test/support/golden.js';
import { seen } from '../../test/support/seen.js';
import { columnOf } from '../model/returns.js';
import { drawdownFigures, drawdowns } from './drawdown.js';

interface Golden {
  weights: number[];
  drawdown: Record<'Abs' | 'Rel', { maximum: number; average: number; ulcerIndex: number; conditional: number }>;
}

const expected = golden<Golden>('measures/fixtures/tail-measures.json');
const returns = portfolioReturns(expected.weights);
const series = (seed: number): Float64Array => columnOf(seededReturns(seed, 60, 1), 0);

describe('drawdown', () => {
  it.each([
    ['Abs', false],
    ['Rel', true],
  ] as const)('agrees with Riskfolio-Lib (%s)', (kind, compounded) => {
    const figures = drawdownFigures(returns, 1 - 0.0437, compounded);
    const { maximum, average, ulcerIndex, conditional } = expected.drawdown[kind];
    expect(seen('Drawdown: maximum', figures.maximum / maximum - 1)).toBeLessThan(1e-12);
    expect(seen('Drawdown: maximum', figures.average / average - 1)).toBeLessThan(1e-12);
    expect(seen('Drawdown: maximum', figures.ulcerIndex / ulcerIndex - 1)).toBeLessThan(1e-12);
    expect(seen('Drawdown: maximum', figures.conditional / conditional - 1)).toBeLessThan(1e-12);
  });

  it('goes from the highest point, the start included, to the lowest after it', () => {
    const path = Float64Array.of(0.1, -0.5, 0.2, 0.1, 1, -0.1);
    expect(drawdownFigures(path, 0.9)).toMatchObject({ maximum: 0.5, peakDay: 1, troughDay: 2 });
    expect(drawdownFigures(Float64Array.of(-0.2, 0.1), 0.9)).toMatchObject({ peakDay: 0, troughDay: 1 });
    expect(drawdownFigures(Float64Array.of(0.1, 0.2), 0.9)).toMatchObject({
      maximum: 0,
      average: 0,
      ulcerIndex: 0,
      conditional: 0,
    });
  });

  it('lies between 0 and a total loss, with its figures in order', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { maximum, average, ulcerIndex, conditional } = drawdownFigures(series(seed), 0.95);
        expect(average).toBeLessThanOrEqual(ulcerIndex * (1 + 1e-12));
        expect(ulcerIndex).toBeLessThanOrEqual(maximum * (1 + 1e-12));
        expect(conditional).toBeLessThanOrEqual(maximum * (1 + 1e-12));
        expect(maximum).toBeLessThan(1);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses no returns, a total loss when compounded, and NaN', () => {
    expect(failureOf(() => drawdowns(new Float64Array(0))).reason).toBe('tooFewObservations');
    expect(failureOf(() => drawdowns(Float64Array.of(-1))).reason).toBe('outOfDomain');
    expect(Array.from(drawdowns(Float64Array.of(-1), false))).toEqual([1]);
    expect(failureOf(() => drawdowns(Float64Array.of(NaN))).reason).toBe('invalidInput');
  });
});
