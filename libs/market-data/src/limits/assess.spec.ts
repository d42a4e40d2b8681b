import fc from 'fast-check';
import { node, snapshot } from '../testing/snapshots.js';
import { assess, type AssessedLimit, type Assessment } from './assess.js';
import { snapshotFigures } from './figures.js';

const limit: AssessedLimit = {
  nodeId: 'portfolio',
  measure: 'volatility',
  direction: 'upper',
  bound: { kind: 'absolute', value: 0.2 },
  hysteresis: 0.1,
};
const noBudgets = () => null;
const held = (volatility: number, change: Partial<AssessedLimit> = {}): Assessment =>
  assess({ ...limit, ...change }, snapshotFigures(snapshot(volatility), noBudgets));

describe('holding a limit against figures', () => {
  it('is beyond strictly above an upper bound; equal complies', () => {
    expect(held(0.2)).toMatchObject({ beyond: false, headroom: 0 });
    expect(held(0.2000001)).toMatchObject({ beyond: true });
  });

  it('is beyond strictly below a lower bound; equal complies', () => {
    const floor = { measure: 'cash', direction: 'lower', bound: { kind: 'absolute', value: 0.1 } } as const;
    expect(held(0.2, floor)).toMatchObject({ value: 0.1, beyond: false });
    expect(held(0.2, { ...floor, bound: { kind: 'absolute', value: 0.11 } })).toMatchObject({ beyond: true });
  });

  it('closes only as far inside as the hysteresis says, and opens at the bound itself', () => {
    expect(held(0.19)).toMatchObject({ beyond: false, closes: false });
    expect(held(0.18)).toMatchObject({ beyond: false, closes: true });
    expect(held(0.2, { hysteresis: 0 })).toMatchObject({ closes: true });
  });

  it('takes a share of the node’s budget as bound and follows it', () => {
    const share: AssessedLimit = { ...limit, nodeId: 'strategy:Growth', bound: { kind: 'shareOfBudget', share: 0.9 } };
    const at = (budget: number | null) =>
      assess(
        share,
        snapshotFigures(
          snapshot(0.2, { nodes: [node({ nodeId: 'strategy:Growth', consumption: 0.1, budget })] }),
          noBudgets,
        ),
      );
    expect(at(0.12)).toMatchObject({ kind: 'evaluated', bound: 0.9 * 0.12, beyond: false });
    expect(at(0.11)).toMatchObject({ kind: 'evaluated', beyond: true });
    expect(at(null)).toEqual({ kind: 'notEvaluated', reason: 'unbudgeted', value: 0.1 });
  });

  it('stays with the lower budget after a rise that nobody has approved for limits yet', () => {
    const share: AssessedLimit = { ...limit, nodeId: 'strategy:Growth', bound: { kind: 'shareOfBudget', share: 0.9 } };
    const raised = snapshot(0.2, { nodes: [node({ nodeId: 'strategy:Growth', consumption: 0.1, budget: 0.14 })] });
    const waiting = { ...raised, lineage: { ...raised.lineage, limitBudgetFactor: 0.5 } };
    expect(assess(share, snapshotFigures(waiting, noBudgets))).toMatchObject({ bound: 0.9 * 0.14 * 0.5, beyond: true });
    expect(assess(share, snapshotFigures(raised, noBudgets))).toMatchObject({ bound: 0.9 * 0.14, beyond: false });
  });

  it('says that it cannot tell when the snapshot leaves views out, and that nothing is held when it does not', () => {
    const issuer: AssessedLimit = { ...limit, nodeId: 'issuer:Acme', measure: 'weight' };
    const figures = (leaves: boolean) => snapshotFigures(snapshot(0.2, { leaves }), noBudgets);
    expect(assess(issuer, figures(false))).toMatchObject({ kind: 'notEvaluated', reason: 'notIncluded' });
    expect(assess(issuer, figures(true))).toMatchObject({ kind: 'evaluated', value: 0 });
    expect(assess({ ...issuer, nodeId: 'strategy:Gone' }, figures(false))).toMatchObject({ value: 0 });
  });

  it('does not evaluate a measure that the snapshot lacks', () => {
    expect(held(0.2, { measure: 'trackingError' })).toMatchObject({ kind: 'notEvaluated', reason: 'notIncluded' });
    expect(held(0.2, { measure: 'daysToLiquidate' })).toMatchObject({ kind: 'notEvaluated' });
    expect(held(0.2, { measure: 'historicalVar', nodeId: 'strategy:Gone' })).toMatchObject({ kind: 'notEvaluated' });
  });

  it('holds utilization of a budget against its bound', () => {
    const utilization: AssessedLimit = {
      ...limit,
      nodeId: 'strategy:Growth',
      measure: 'utilization',
      budgetMeasure: 'volatility',
      bound: { kind: 'absolute', value: 1 },
    };
    const nodes = [node({ nodeId: 'strategy:Growth', consumption: 0.12, budget: 0.1 })];
    expect(assess(utilization, snapshotFigures(snapshot(0.2, { nodes }), noBudgets))).toMatchObject({ beyond: true });
    expect(assess(utilization, snapshotFigures(snapshot(0.2), noBudgets))).toMatchObject({ reason: 'unbudgeted' });
  });

  it('finds every portfolio measure in the snapshot’s figures', () => {
    const measures = {
      var: 0.02,
      es: 0.025,
      gross: 0.9,
      net: 0.9,
      leverage: 0.9,
      cash: 0.1,
      largestWeight: 0.2,
    } as const;
    for (const [measure, value] of Object.entries(measures)) {
      expect(held(0.2, { measure: measure as AssessedLimit['measure'] })).toMatchObject({ value });
    }
  });

  it('holds no portfolio of cash alone against a floor on its effective number of names', () => {
    const bound = { kind: 'absolute', value: 5 } as const;
    const floor: AssessedLimit = { ...limit, measure: 'effectiveNumber', direction: 'lower', bound };
    const cash = snapshot(0);
    const metrics = { ...cash.metrics, gross: 0, net: 0, leverage: 0, cash: 1, effectiveNumber: 0 };
    expect(
      assess(
        floor,
        snapshotFigures({ ...cash, metrics }, () => null),
      ),
    ).toMatchObject({ kind: 'notEvaluated' });
    const one = { ...metrics, gross: 0.1, effectiveNumber: 1 };
    expect(
      assess(
        floor,
        snapshotFigures({ ...cash, metrics: one }, () => null),
      ),
    ).toMatchObject({ beyond: true });
  });

  it('never both opens and closes, and mirrors upper and lower', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 2, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (value, bound, hysteresis) => {
          const upper = held(value, { bound: { kind: 'absolute', value: bound }, hysteresis });
          if (upper.kind !== 'evaluated') throw new Error('a portfolio volatility is always evaluated');
          expect(upper.beyond && upper.closes).toBe(false);
          expect(upper.beyond).toBe(upper.headroom < 0);
          const lower = held(value, { bound: { kind: 'absolute', value: bound }, hysteresis, direction: 'lower' });
          expect(lower).toMatchObject({ headroom: upper.headroom === 0 ? expect.anything() : -upper.headroom });
        },
      ),
    );
  });
});
