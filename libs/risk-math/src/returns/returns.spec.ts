import fc from 'fast-check';
import { seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { columnOf, createReturns } from '../model/returns.js';
import { proxyReturns } from './proxy-returns.js';
import { createScenarios, overlappingReturns } from './scenarios.js';
import { simpleReturns } from './simple-returns.js';

describe('simple returns', () => {
  it('are price over price before, less one', () => {
    const returns = simpleReturns(new Float64Array([100, 50, 110, 40, 99, 44]), 3, 2, ['A', 'B']);
    expect(Array.from(returns.values, (value) => Math.round(value * 1e12) / 1e12)).toEqual([0.1, -0.2, -0.1, 0.1]);
  });

  it('refuse a price of 0', () => {
    expect(failureOf(() => simpleReturns(new Float64Array([1, 0]), 2, 1)).reason).toBe('invalidInput');
  });
});

describe('proxy returns', () => {
  const deviation = (values: Float64Array): number => {
    const mean = values.reduce((total, value) => total + value, 0) / values.length;
    return Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / (values.length - 1));
  };

  it('are no calmer than the median member of the sector, and follow its mean', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 7 }), (seed, members) => {
        const sector = seededReturns(seed, 60, members);
        const proxy = proxyReturns(sector);
        const own = Array.from({ length: members }, (_, i) => deviation(columnOf(sector, i))).sort((a, b) => a - b);
        const median = (own[Math.floor((members - 1) / 2)]! + own[Math.floor(members / 2)]!) / 2;
        expect(deviation(proxy.values)).toBeGreaterThanOrEqual(median * (1 - 1e-12));
        expect(proxy.multiplier).toBeGreaterThanOrEqual(1);
        for (let t = 0; t < 60; t++) {
          const mean = sector.values.subarray(t * members, (t + 1) * members).reduce((a, b) => a + b, 0) / members;
          expect(proxy.values[t]).toBeCloseTo(mean * proxy.multiplier, 14);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('of a single member are that member', () => {
    const member = seededReturns(3, 30, 1);
    expect(Array.from(proxyReturns(member).values)).toEqual(Array.from(member.values));
  });

  it('need a member', () => {
    expect(failureOf(() => proxyReturns(createReturns(new Float64Array(0), 30, 0))).reason).toBe('tooFewObservations');
  });

  it('refuse members that cancel each other out', () => {
    const values = new Float64Array([0.01, -0.01, -0.02, 0.02, 0.03, -0.03]);
    expect(failureOf(() => proxyReturns(createReturns(values, 3, 2))).reason).toBe('outOfDomain');
  });
});

describe('scenarios', () => {
  it('of one day are scaled by √h under `sqrt`', () => {
    const scenarios = createScenarios(seededReturns(1, 40, 2), { horizonDays: 10, scaling: 'sqrt' });
    expect(scenarios.multiplier).toBeCloseTo(Math.sqrt(10), 15);
    expect(scenarios.independentWindows).toBe(40);
    expect(scenarios.windowDays).toBe(1);
  });

  it('of h days overlap, compound, and say how many windows share no day', () => {
    const returns = seededReturns(1, 25, 2);
    const scenarios = createScenarios(returns, { horizonDays: 10, scaling: 'overlapping' });
    expect(scenarios.returns.observations).toBe(16);
    expect(scenarios.independentWindows).toBe(2);
    expect(scenarios.multiplier).toBe(1);
    let growth = 1;
    for (let t = 3; t < 13; t++) growth *= 1 + returns.values[t * 2 + 1]!;
    expect(scenarios.returns.values[3 * 2 + 1]).toBeCloseTo(growth - 1, 14);
  });

  it('of one day are the returns themselves', () => {
    const returns = seededReturns(2, 12, 3);
    expect(overlappingReturns(returns, 1).values[7]).toBeCloseTo(returns.values[7]!, 15);
  });

  it('need more days than the horizon', () => {
    const call = () => createScenarios(seededReturns(1, 10, 2), { horizonDays: 10, scaling: 'overlapping' });
    expect(failureOf(call).reason).toBe('tooFewObservations');
  });
});
