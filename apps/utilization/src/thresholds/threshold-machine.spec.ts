import type { UtilizationState } from '@risk-budget/contracts';
import fc from 'fast-check';
import { alertKindOf, isNearThreshold, nextState, standingBand } from './threshold-machine.js';

const thresholds = { amber: 0.8, red: 1, hysteresis: 0.05 };
const states: UtilizationState[] = ['green', 'amber', 'red', 'unbudgeted'];

describe('threshold machine', () => {
  it('enters a level only strictly beyond its threshold', () => {
    expect(nextState('green', 0.8, thresholds)).toBe('green');
    expect(nextState('green', 0.8001, thresholds)).toBe('amber');
    expect(nextState('amber', 1, thresholds)).toBe('amber');
    expect(nextState('amber', 1.0001, thresholds)).toBe('red');
    expect(nextState('green', 1.5, thresholds)).toBe('red');
  });

  it('takes a node exactly on its budget as not beyond it, whatever the last bits are', () => {
    expect(nextState('amber', 1 + 4 * Number.EPSILON, thresholds)).toBe('amber');
  });

  it('leaves a level only when the figure has fallen back by the hysteresis', () => {
    expect(nextState('red', 0.96, thresholds)).toBe('red');
    expect(nextState('red', 0.95, thresholds)).toBe('amber');
    expect(nextState('amber', 0.77, thresholds)).toBe('amber');
    expect(nextState('amber', 0.76, thresholds)).toBe('green');
  });

  it('falls through amber on the way from red, holding it inside the hysteresis of amber', () => {
    expect(nextState('red', 0.77, thresholds)).toBe('amber');
    expect(nextState('red', 0.5, thresholds)).toBe('green');
  });

  it('does not fall on an incomplete snapshot, but rises', () => {
    expect(nextState('red', 0.1, thresholds, false)).toBe('red');
    expect(nextState('amber', 1.2, thresholds, false)).toBe('red');
  });

  it('has no state but unbudgeted without a budget, and starts from green when one arrives', () => {
    expect(nextState('red', null, thresholds)).toBe('unbudgeted');
    expect(nextState('unbudgeted', 0.78, thresholds)).toBe('green');
    expect(nextState('unbudgeted', 0.9, thresholds)).toBe('amber');
  });

  it('names every change of state and no standing still', () => {
    for (const from of states) {
      for (const to of states) expect(alertKindOf(from, to) === null).toBe(from === to);
    }
    expect(alertKindOf('red', 'amber')).toBe('thresholdDown');
    expect(alertKindOf('green', 'red')).toBe('thresholdUp');
    expect(alertKindOf('unbudgeted', 'green')).toBe('thresholdDown');
  });

  it('settles: the same figure twice never changes the state again', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...states),
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (previous, utilization, hysteresis) => {
          const once = nextState(previous, utilization, { ...thresholds, hysteresis });
          expect(nextState(once, utilization, { ...thresholds, hysteresis })).toBe(once);
        },
      ),
    );
  });

  it('never changes state on a path that stays inside the band of a threshold', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.9501, max: 1, noNaN: true }), { maxLength: 30 }), (path) => {
        for (const start of ['amber', 'red'] as const) {
          expect(path.reduce<UtilizationState>((state, u) => nextState(state, u, thresholds), start)).toBe(start);
        }
      }),
    );
  });

  it('says between which utilizations a state stands, and nowhere else', () => {
    const utilizations = fc.double({ min: 0, max: 1.5, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom('green', 'amber', 'red'), utilizations, (state, utilization) => {
        const { low, high } = standingBand(state, thresholds);
        expect(nextState(state, utilization, thresholds) === state).toBe(utilization > low && utilization <= high);
      }),
    );
    expect(standingBand('amber', thresholds).high).toBeCloseTo(1, 8);
    expect(standingBand('red', thresholds)).toEqual({ low: expect.closeTo(0.95, 8) as number, high: Infinity });
  });

  it('knows when a figure is near a threshold', () => {
    expect(isNearThreshold(0.79, thresholds, 0.02)).toBe(true);
    expect(isNearThreshold(0.7, thresholds, 0.02)).toBe(false);
    expect(isNearThreshold(null, thresholds, 0.02)).toBe(false);
  });
});
