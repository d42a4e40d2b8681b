import fc from 'fast-check';
import { seededCovariance, seededReturns, seeds } from '../../test/support/arbitrary.js';
import { failureOf } from '../../test/support/failure.js';
import { golden, relativeDifference, shareReturns, sum } from '../../test/support/golden.js';
import { sampleCovariance } from '../covariance/sample.js';
import { createCovariance } from '../model/covariance.js';
import { quadraticForm, subCovariance } from '../model/risk-model-matrix.js';
import { groupedRiskBudgeting } from './grouped-risk-budgeting.js';
import { riskBudgeting, riskParity } from './risk-budgeting.js';
import { riskShares } from './solution.js';
import { customWeights, equalWeight, inverseVolatility } from './target-weights.js';
import type { GroupConstraint, Solution, WeightBound } from './types.js';

interface Golden {
  covariance: number[];
  riskParity: number[];
  riskParitySkfolio: number[];
  shares: number[];
  customShares: number[];
  signs: number[];
  longShortGross: number;
  longShort: number[];
  box: { upper: number; weights: number[]; lambda: number };
  groups: { members: number[][]; weights: number[]; lambda: number };
  byGroup: { members: number[][]; shares: number[]; groupWeights: number[] };
  inverseVolatility: number[];
  inverseVolatilityProjected: number[];
}

const expected = golden<Golden>('allocation/fixtures/allocation.json');
const { ids } = shareReturns();
const covariance = createCovariance(Float64Array.from(expected.covariance), 20, { ids });
const names = (members: number[]): string[] => members.map((member) => ids[member]!);
const capped = (upper: number): WeightBound[] => ids.map((assetId) => ({ assetId, upper }));
const groups: GroupConstraint[] = [
  { id: 'first', assetIds: names(expected.groups.members[0]!), upper: 0.25 },
  { id: 'second', assetIds: names(expected.groups.members[1]!), lower: 0.4, upper: 0.45 },
];

const raise = (error: unknown): never => {
  throw error;
};

/** ½ wᵀΣw − λ Σ b ln w: what a constrained solution minimises. */
const objective = (weights: ArrayLike<number>, lambda: number): number => {
  const w = Float64Array.from(weights);
  return quadraticForm(covariance, w) / 2 - lambda * sum(w.map((value) => Math.log(value) / w.length));
};

describe('risk parity and risk budgeting', () => {
  it('agree with SciPy’s root of the optimality system', () => {
    const parity = riskParity({ covariance });
    expect(relativeDifference(parity.weights, expected.riskParity)).toBeLessThan(1e-10);
    expect(parity).toMatchObject({ status: 'optimal', binding: [] });
    const custom = riskBudgeting({ covariance, budgets: expected.shares });
    expect(relativeDifference(custom.weights, expected.customShares)).toBeLessThan(1e-10);
    expect(relativeDifference(custom.realisedShares, expected.shares)).toBeLessThan(1e-12);
  });

  it('agrees with skfolio as far as its solver goes', () => {
    expect(relativeDifference(riskParity({ covariance }).weights, expected.riskParitySkfolio)).toBeLessThan(1e-4);
  });

  it('is solved for given signs when there are shorts, and scaled to gross, net or volatility', () => {
    const signs = expected.signs;
    const gross = riskParity({ covariance, signs, scale: { kind: 'gross', value: expected.longShortGross } });
    expect(relativeDifference(gross.weights, expected.longShort)).toBeLessThan(1e-9);
    const volatility = riskParity({ covariance, signs, scale: { kind: 'volatility', value: 0.1 } });
    expect(volatility.volatilityAnnual).toBeCloseTo(0.1, 14);
    const net = riskParity({ covariance, signs, scale: { kind: 'net', value: 0.8 } });
    expect(sum(net.weights)).toBeCloseTo(0.8, 13);
    for (const { weights } of [volatility, net]) {
      expect(relativeDifference(riskShares(covariance, weights), new Float64Array(20).fill(0.05))).toBeLessThan(1e-12);
    }
  });

  it('meets any budgets to 1e-12 on any covariance, and turns round with its assets', () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 15 }), (seed, raw) => {
        fc.pre(raw.some((value) => value > 0));
        const budgets = raw.map((value) => value / sum(raw));
        const matrix = seededCovariance(seed, raw.length);
        const solution = riskBudgeting({ covariance: matrix, budgets });
        expect(sum(solution.weights)).toBeCloseTo(1, 13);
        expect(Math.max(...solution.realisedShares.map((share, i) => Math.abs(share - budgets[i]!)))).toBeLessThan(
          1e-12,
        );
        budgets.forEach((budget, i) => expect(solution.weights[i]! === 0).toBe(budget === 0));
        const order = raw.map((_, i) => raw.length - 1 - i);
        const turned = riskBudgeting({
          covariance: subCovariance(
            matrix,
            order,
            order.map((i) => matrix.ids![i]!),
          ),
          budgets: [...budgets].reverse(),
        });
        expect(relativeDifference(Float64Array.from(turned.weights).reverse(), solution.weights)).toBeLessThan(1e-12);
      }),
      { numRuns: 60 },
    );
  });

  it('works on more assets than days, and refuses assets that hedge each other completely', () => {
    const singular = sampleCovariance(seededReturns(8, 12, 30));
    expect(riskParity({ covariance: singular }).residual).toBeLessThan(1e-12);
    const hedged = createCovariance(new Float64Array([1, -1, -1, 1]), 2, { ids: ['a', 'b'] });
    expect(failureOf(() => riskParity({ covariance: hedged })).reason).toBe('outOfDomain');
  });

  it.each([1e-12, 1, 1e6])('does not depend on the unit of returns (%d)', (size) => {
    const scaled = createCovariance(
      covariance.values.map((value) => value * size * size),
      20,
      { ids },
    );
    expect(relativeDifference(riskParity({ covariance: scaled }).weights, expected.riskParity)).toBeLessThan(1e-10);
  });

  it('of uncorrelated assets is inverse volatility, of one asset everything', () => {
    const diagonal = createCovariance(new Float64Array([4, 0, 0, 1]), 2, { ids: ['a', 'b'] });
    expect(riskParity({ covariance: diagonal }).weights[1]).toBeCloseTo(2 / 3, 14);
    const one = createCovariance(new Float64Array([4]), 1, { ids: ['a'] });
    expect(Array.from(riskParity({ covariance: one }).weights)).toEqual([1]);
  });

  it('gives the same instrument in two strategies a weight in each', () => {
    const twice = subCovariance(covariance, [0, 0, 1], ['x', 'y', 'z']);
    const { weights, residual } = riskBudgeting({ covariance: twice, budgets: [0.25, 0.25, 0.5] });
    expect(weights[0]).toBeCloseTo(weights[1]!, 12);
    expect(residual).toBeLessThan(1e-13);
  });

  it('refuses what has no answer', () => {
    const still = createCovariance(new Float64Array([1, 0, 0, 0]), 2, { ids: ['a', 'still'] });
    expect(failureOf(() => riskParity({ covariance: still })).details.ids).toEqual(['still']);
    expect(failureOf(() => riskBudgeting({ covariance, budgets: new Float64Array(20).fill(0.06) })).reason).toBe(
      'invalidInput',
    );
    expect(failureOf(() => riskParity({ covariance, scale: { kind: 'net', value: 0 } })).reason).toBe('invalidInput');
    expect(failureOf(() => riskParity({ covariance, scale: { kind: 'net', value: -1 } })).details.clashing).toEqual([
      'net',
    ]);
    const mostlyShort = ids.map((_, i) => (i === 0 ? 1 : -1));
    expect(failureOf(() => riskParity({ covariance, signs: mostlyShort })).reason).toBe('outOfDomain');
    const noIds = createCovariance(Float64Array.from(expected.covariance), 20);
    expect(failureOf(() => riskParity({ covariance: noIds })).reason).toBe('invalidInput');
  });
});

describe('constrained risk budgeting', () => {
  it('under bounds agrees with Clarabel and names the bounds that bind', () => {
    const solution = riskParity({ covariance, constraints: { bounds: capped(expected.box.upper) } });
    expect(relativeDifference(solution.weights, expected.box.weights)).toBeLessThan(1e-6);
    expect(objective(solution.weights, expected.box.lambda)).toBeLessThanOrEqual(
      objective(expected.box.weights, expected.box.lambda) * (1 + 1e-10),
    );
    expect(solution.status).toBe('constrained');
    expect(solution.residual).toBeLessThan(1e-12);
    const atBound = ids.filter((_, i) => Math.abs(solution.weights[i]! - expected.box.upper) < 1e-12);
    expect(solution.binding.map(({ constraint }) => constraint)).toEqual(atBound.map((id) => `upperBound:${id}`));
    expect(Math.max(...solution.weights)).toBeLessThanOrEqual(expected.box.upper);
    expect(sum(solution.weights)).toBeCloseTo(1, 11);
  });

  it('under overlapping groups agrees with Clarabel, feasible to 1e-8 and better', () => {
    const solution = riskParity({ covariance, constraints: { bounds: capped(0.09), groups } });
    expect(relativeDifference(solution.weights, expected.groups.weights)).toBeLessThan(1e-6);
    expect(
      Math.abs(
        objective(solution.weights, expected.groups.lambda) /
          objective(expected.groups.weights, expected.groups.lambda) -
          1,
      ),
    ).toBeLessThan(1e-10);
    const first = sum(expected.groups.members[0]!.map((i) => solution.weights[i]!));
    expect(first).toBeLessThan(0.25 + 1e-10);
    expect(solution.binding.map(({ constraint }) => constraint)).toContain('groupUpper:first');
    const binding = solution.binding.find(({ constraint }) => constraint === 'groupUpper:first');
    expect(binding?.bound).toBe(0.25);
    expect(binding?.value).toBeCloseTo(0.25, 10);
  });

  it('is untouched by constraints that are not in the way', () => {
    const solution = riskParity({ covariance, constraints: { bounds: capped(0.5) } });
    expect(solution.status).toBe('optimal');
    expect(Array.from(solution.weights)).toEqual(Array.from(riskParity({ covariance }).weights));
  });

  it('where groups alone fix the scale still divides the risk inside them', () => {
    const halves = [
      { id: 'a', assetIds: ids.slice(0, 10), lower: 0.4, upper: 0.4 },
      { id: 'b', assetIds: ids.slice(10), lower: 0.6, upper: 0.6 },
    ];
    const { weights, status, realisedShares } = riskParity({ covariance, constraints: { groups: halves } });
    expect(status).toBe('constrained');
    expect(sum(weights.subarray(0, 10))).toBeCloseTo(0.4, 11);
    expect(sum(weights)).toBeCloseTo(1, 11);
    expect(Math.min(...realisedShares)).toBeGreaterThan(0.02);
  });

  it('holds its bounds on shorts', () => {
    const signs = ids.map((_, i) => (i % 4 === 3 ? -1 : 1));
    const solution = riskParity({
      covariance,
      signs,
      scale: { kind: 'gross', value: 1 },
      constraints: { bounds: [{ assetId: ids[3]!, lower: -0.02 }] },
    });
    expect(solution.weights[3]).toBeCloseTo(-0.02, 12);
    expect(solution.binding).toEqual([
      { constraint: `lowerBound:${ids[3]}`, bound: -0.02, value: solution.weights[3] },
    ]);
    expect(sum(solution.weights.map(Math.abs))).toBeCloseTo(1, 11);
  });

  it('answers any mixture of bounds, groups and signs, or names what clashes', () => {
    let answered = 0;
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 10_000 }), (seed, shape) => {
        const matrix = seededCovariance(seed, 10);
        const assetIds = matrix.ids!;
        const signs = assetIds.map((_, i) => ((shape * 7 + i * 5) % 4 === 0 ? -1 : 1));
        const bounds = assetIds.slice(0, 4).map((assetId, i) => {
          if (signs[i] === -1) return { assetId, lower: -0.06, upper: -0.01 };
          return { assetId, lower: 0.01 * ((shape + i) % 5), upper: 0.05 + 0.03 * ((shape * 3 + i) % 4) };
        });
        const given = [
          { id: 'a', assetIds: assetIds.slice(2, 6), upper: 0.2 + 0.01 * (shape % 10) },
          { id: 'b', assetIds: assetIds.slice(5), lower: 0.25, upper: 0.7 },
        ];
        const scale = { kind: shape % 2 === 0 ? 'net' : 'gross', value: 1 } as const;
        let solution: Solution;
        try {
          solution = riskParity({ covariance: matrix, signs, scale, constraints: { bounds, groups: given } });
        } catch (error) {
          expect(failureOf(() => raise(error)).reason).toBe('infeasible');
          return;
        }
        answered++;
        const { weights, binding, realisedShares } = solution;
        expect(scale.kind === 'net' ? sum(weights) : sum(weights.map(Math.abs))).toBeCloseTo(1, 9);
        for (const { assetId, lower, upper } of bounds) {
          const weight = weights[assetIds.indexOf(assetId)]!;
          expect(weight).toBeGreaterThan(lower - 1e-8);
          expect(weight).toBeLessThan(upper + 1e-8);
        }
        for (const { assetIds: members, lower = -Infinity, upper } of given) {
          const weight = sum(members.map((id) => weights[assetIds.indexOf(id)]!));
          expect(weight).toBeGreaterThan(lower - 1e-8);
          expect(weight).toBeLessThan(upper + 1e-8);
        }
        // What no binding constraint holds has one common share of risk: the optimality condition.
        const held = new Set(
          binding.flatMap(({ constraint }) => {
            const name = constraint.slice(constraint.indexOf(':') + 1);
            return given.find(({ id }) => id === name)?.assetIds ?? [name];
          }),
        );
        const free = realisedShares.filter((_, i) => !held.has(assetIds[i]!));
        for (const share of free) expect(share).toBeCloseTo(free[0]!, 6);
      }),
      { numRuns: 60 },
    );
    expect(answered).toBeGreaterThan(20);
  });
});

describe('constraints that clash', () => {
  const clashing = (bounds: WeightBound[], rows: GroupConstraint[] = [], budgets?: number[]): readonly string[] => {
    const constraints = { bounds, groups: rows };
    const failure = failureOf(() =>
      budgets === undefined
        ? riskParity({ covariance, constraints })
        : riskBudgeting({ covariance, constraints, budgets }),
    );
    expect(failure.reason).toBe('infeasible');
    return failure.details.clashing ?? [];
  };

  it('are named: caps too low to invest everything, all of them', () => {
    expect(clashing(capped(0.04))).toEqual(['net', ...ids.map((id) => `upperBound:${id}`)]);
  });

  it('are named without the innocent ones', () => {
    const bounds = [
      { assetId: 'AAPL', lower: 0.2 },
      { assetId: 'AMD', lower: 0.15 },
      { assetId: 'XOM', lower: 0.01, upper: 0.5 },
    ];
    const rows = [
      { id: 'technology', assetIds: ['AAPL', 'AMD', 'MSFT'], upper: 0.3 },
      { id: 'energy', assetIds: ['XOM', 'CVX'], upper: 0.4 },
    ];
    expect(clashing(bounds, rows)).toEqual(['groupUpper:technology', 'lowerBound:AAPL', 'lowerBound:AMD']);
  });

  it('are found where a budget of 0 meets a lower bound', () => {
    const budgets = ids.map((_, i) => (i === 0 ? 0 : 1 / 19));
    expect(clashing([{ assetId: 'AAPL', lower: 0.1 }], [], budgets)).toEqual(['lowerBound:AAPL', 'zeroBudget:AAPL']);
  });

  it('are found where bounds cross, or a bound meets the sign', () => {
    expect(clashing([{ assetId: 'AAPL', lower: 0.2, upper: 0.1 }])).toEqual(['lowerBound:AAPL', 'upperBound:AAPL']);
    expect(clashing([{ assetId: 'AAPL', upper: -0.1 }])).toEqual(['upperBound:AAPL', 'long:AAPL']);
  });

  it('are minimal: without any one of them there is an answer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ lower: fc.integer({ min: 0, max: 30 }), width: fc.integer({ min: 0, max: 20 }) }), {
          minLength: 5,
          maxLength: 5,
        }),
        fc.array(
          fc.record({
            from: fc.integer({ min: 0, max: 3 }),
            lower: fc.integer({ min: 0, max: 60 }),
            width: fc.integer({ min: 0, max: 25 }),
          }),
          {
            maxLength: 3,
          },
        ),
        (boxes, rows) => {
          const matrix = seededCovariance(1, 5);
          const assetIds = matrix.ids!;
          const bounds = boxes.map(({ lower, width }, i) => ({
            assetId: assetIds[i]!,
            lower: lower / 100,
            upper: (lower + width) / 100,
          }));
          const given = rows.map(({ from, lower, width }, i) => ({
            id: `g${i}`,
            assetIds: assetIds.slice(from, from + 2),
            lower: lower / 100,
            upper: (lower + width) / 100,
          }));
          const solve = (b: WeightBound[], g: GroupConstraint[]): readonly string[] | null => {
            try {
              equalWeight({ covariance: matrix, constraints: { bounds: b, groups: g } });
              return null;
            } catch (error) {
              return (
                failureOf(() => {
                  throw error;
                }).details.clashing ?? null
              );
            }
          };
          const clash = solve(bounds, given);
          fc.pre(clash !== null);
          for (const left of clash!) {
            if (left === 'net') continue;
            const keep = (name: string): boolean => clash!.includes(name) && name !== left;
            const some = solve(
              bounds.map(({ assetId, lower, upper }) => ({
                assetId,
                ...(keep(`lowerBound:${assetId}`) ? { lower } : {}),
                ...(keep(`upperBound:${assetId}`) ? { upper } : {}),
              })),
              given.map(({ id, assetIds: members, lower, upper }) => ({
                id,
                assetIds: members,
                ...(keep(`groupLower:${id}`) ? { lower } : {}),
                ...(keep(`groupUpper:${id}`) ? { upper } : {}),
              })),
            );
            if (clash!.includes('net')) expect(some).toBeNull();
            else expect(some === null || some.includes('net')).toBe(true);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('budgets by group', () => {
  const members = expected.byGroup.members.map(names);
  const budgetGroups = members.map((assetIds, i) => ({ id: `g${i}`, assetIds, share: expected.byGroup.shares[i]! }));

  it('with fixed weights inside agree with SciPy on the composites', () => {
    const solution = groupedRiskBudgeting({ covariance, groups: budgetGroups, within: { kind: 'equalWeight' } });
    const groupWeights = solution.groups.map(({ weight }) => weight);
    expect(relativeDifference(groupWeights, expected.byGroup.groupWeights)).toBeLessThan(1e-10);
    expect(new Set(solution.weights.subarray(0, 6)).size).toBe(1);
  });

  it.each(['equalRisk', 'equalWeight', 'inverseVolatility'] as const)('are met with %s inside', (kind) => {
    const { groups: shares, realisedShares } = groupedRiskBudgeting({
      covariance,
      groups: budgetGroups,
      within: { kind },
    });
    shares.forEach(({ realisedShare, targetShare }, i) => {
      expect(realisedShare).toBeCloseTo(expected.byGroup.shares[i]!, 12);
      expect(targetShare).toBeCloseTo(expected.byGroup.shares[i]!, 12);
    });
    if (kind === 'equalRisk') expect(realisedShares[0]).toBeCloseTo(0.5 / 6, 12);
  });

  it('hold a bound of one asset by holding its whole group', () => {
    const solution = groupedRiskBudgeting({
      covariance,
      groups: budgetGroups,
      within: { kind: 'equalWeight' },
      constraints: { bounds: [{ assetId: ids[2]!, upper: 0.04 }] },
    });
    expect(solution.weights[2]).toBeCloseTo(0.04, 12);
    expect(solution.binding).toEqual([{ constraint: `upperBound:${ids[2]}`, bound: 0.04, value: solution.weights[2] }]);
    expect(solution.groups[0]!.realisedShare).toBeLessThan(0.5);
  });

  it('refuse an asset in two groups or in none', () => {
    const [first] = budgetGroups;
    const call = (all: typeof budgetGroups) => () =>
      groupedRiskBudgeting({ covariance, groups: all, within: { kind: 'equalRisk' } });
    expect(failureOf(call([{ ...first!, share: 1 }])).details.field).toBe('groups');
    expect(failureOf(call([...budgetGroups, { ...first!, id: 'again', share: 0 }])).reason).toBe('invalidInput');
  });
});

describe('methods that set weights', () => {
  it('inverse volatility is 1/σ', () => {
    const solution = inverseVolatility({ covariance });
    expect(relativeDifference(solution.weights, expected.inverseVolatility)).toBeLessThan(1e-13);
    expect(Array.from(solution.realisedShares)).toEqual(Array.from(solution.targetShares));
  });

  it('constraints in the way move weights to the nearest that obey them, as Clarabel finds them', () => {
    const solution = inverseVolatility({
      covariance,
      constraints: { bounds: capped(0.06), groups: [{ ...groups[0]!, upper: 0.3 }] },
    });
    expect(relativeDifference(solution.weights, expected.inverseVolatilityProjected)).toBeLessThan(1e-7);
    expect(solution.status).toBe('constrained');
    expect(solution.binding.length).toBeGreaterThan(0);
    expect(
      relativeDifference(solution.targetShares, riskShares(covariance, Float64Array.from(expected.inverseVolatility))),
    ).toBeLessThan(1e-12);
  });

  it('equal weight is 1/n, with signs ±1/n, and by group 1/m each', () => {
    expect(Array.from(equalWeight({ covariance }).weights)).toEqual(Array.from(new Float64Array(20).fill(0.05)));
    const signs = ids.map((_, i) => (i === 0 ? -1 : 1));
    expect(equalWeight({ covariance, signs, scale: { kind: 'gross', value: 2 } }).weights[0]).toBeCloseTo(-0.1, 15);
    const byGroup = equalWeight({
      covariance,
      grouping: {
        groups: [
          { id: 'small', assetIds: ids.slice(0, 2) },
          { id: 'large', assetIds: ids.slice(2) },
        ],
        within: { kind: 'inverseVolatility' },
      },
    });
    expect(byGroup.groups.map(({ weight }) => Math.round(weight * 1e12) / 1e12)).toEqual([0.5, 0.5]);
  });

  it('custom weights stay as they are, cash and all, and are scaled when asked', () => {
    const weights = new Float64Array(20);
    weights[0] = 0.5;
    weights[7] = -0.2;
    expect(Array.from(customWeights({ covariance, weights }).weights)).toEqual(Array.from(weights));
    const scaled = customWeights({ covariance, weights, scale: { kind: 'volatility', value: 0.15 } });
    expect(scaled.volatilityAnnual).toBeCloseTo(0.15, 14);
    expect(scaled.weights[7]! / scaled.weights[0]!).toBeCloseTo(-0.4, 14);
  });

  it('refuse constraints that clash, and weights that are all 0', () => {
    expect(failureOf(() => equalWeight({ covariance, constraints: { bounds: capped(0.01) } })).reason).toBe(
      'infeasible',
    );
    expect(failureOf(() => customWeights({ covariance, weights: new Float64Array(20) })).reason).toBe('invalidInput');
  });
});
