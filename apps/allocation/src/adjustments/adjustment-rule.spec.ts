import fc from 'fast-check';
import type { DynamicRules } from '../dynamic-policies/dynamic-policy.schemas.js';
import { decideFactor } from './adjustment-rule.js';

const rules: DynamicRules = {
  regime: { subjectId: 'SP500', factors: [1, 0.5], rule: 'expected' },
  volatility: { kind: 'market', subjectId: 'SP500', horizonDays: 20, targetAnnual: 0.15 },
  minimumFactor: 0.4,
  band: 0.05,
  maximumStep: 0.25,
  minimumDwellDays: 5,
};
const fresh = { factor: 1, daysSinceAdjustment: null };
const calm = { probabilities: [1, 0], volatilityAnnual: 0.1 };

describe('the factor of a dynamic policy', () => {
  it('stays whole in calm markets', () => {
    expect(decideFactor(rules, fresh, calm)).toMatchObject({ kind: 'hold', wanted: 1 });
  });

  it('takes the smaller of the two wishes', () => {
    // Regime: 0.8 · 1 + 0.2 · 0.5 = 0.9; volatility: 0.15 / 0.2 = 0.75.
    const decision = decideFactor(rules, fresh, { probabilities: [0.8, 0.2], volatilityAnnual: 0.2 });
    const close = expect.closeTo(0.75, 12) as number;
    expect(decision).toMatchObject({ kind: 'adjust', wanted: close, factor: close });
  });

  it('follows the most likely state where the rule says so', () => {
    const regime = { subjectId: 'SP500', factors: [1, 0.8, 0.6], rule: 'mostLikely' as const };
    const reading = { probabilities: [0.1, 0.3, 0.6], volatilityAnnual: undefined };
    expect(decideFactor({ ...rules, regime, maximumStep: 1 }, fresh, reading)).toMatchObject({ factor: 0.6 });
  });

  it('goes one step at a time, and says so', () => {
    const decision = decideFactor(rules, fresh, { probabilities: [0, 1], volatilityAnnual: 0.9 });
    expect(decision).toMatchObject({ kind: 'adjust', wanted: 0.4, factor: 0.75 });
    expect(decision.reason).toContain('one step of 0.25');
    expect(decision.reason).toContain('not below the minimum 0.4');
  });

  it('rests for its dwell, whatever the market does', () => {
    const reading = { probabilities: [0, 1], volatilityAnnual: 0.9 };
    expect(decideFactor(rules, { factor: 0.75, daysSinceAdjustment: 4 }, reading)).toMatchObject({ kind: 'hold' });
    expect(decideFactor(rules, { factor: 0.75, daysSinceAdjustment: 5 }, reading)).toMatchObject({ factor: 0.5 });
  });

  it('does not move within its band, but does return to the whole budget', () => {
    const near = { probabilities: [0.92, 0.08], volatilityAnnual: 0.1 };
    expect(decideFactor(rules, { factor: 1, daysSinceAdjustment: null }, near)).toMatchObject({ kind: 'hold' });
    expect(decideFactor(rules, { factor: 0.97, daysSinceAdjustment: 9 }, calm)).toMatchObject({ factor: 1 });
  });

  it('stays where it is while nothing is known, and goes on with the rule that knows something', () => {
    const nothing = { probabilities: undefined, volatilityAnnual: undefined };
    expect(decideFactor(rules, { factor: 0.7, daysSinceAdjustment: 9 }, nothing)).toMatchObject({
      kind: 'hold',
      wanted: null,
    });
    expect(decideFactor(rules, fresh, { ...nothing, volatilityAnnual: 0.2 })).toMatchObject({
      factor: expect.closeTo(0.75, 12) as number,
    });
  });

  it('never passes 1 or its minimum, never jumps more than a step, and never moves away from what it wants', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    const positive = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        positive,
        positive,
        unit,
        fc.double({ min: 0.001, max: 3, noNaN: true }),
        positive,
        (minimum, step, p, vol, at) => {
          const state = { factor: Math.max(minimum, at), daysSinceAdjustment: null };
          const decision = decideFactor({ ...rules, minimumFactor: minimum, maximumStep: step }, state, {
            probabilities: [p, 1 - p],
            volatilityAnnual: vol,
          });
          if (decision.kind === 'hold') return;
          expect(decision.factor).toBeLessThanOrEqual(1);
          expect(decision.factor).toBeGreaterThanOrEqual(minimum - 1e-12);
          expect(Math.abs(decision.factor - state.factor)).toBeLessThanOrEqual(step + 1e-12);
          expect(Math.abs(decision.wanted - decision.factor)).toBeLessThan(Math.abs(decision.wanted - state.factor));
        },
      ),
    );
  });
});
