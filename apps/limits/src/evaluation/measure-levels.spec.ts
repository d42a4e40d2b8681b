import { limitMeasure, type LimitProposal } from '@risk-budget/contracts';
import { nodeIdOf } from '@risk-budget/market-data';
import { proposalProblems } from './measure-levels.js';

const proposal: LimitProposal = {
  limitId: 'L',
  portfolioId: 'P1',
  name: 'L',
  measure: 'volatility',
  scope: { level: 'portfolio' },
  direction: 'upper',
  bound: { kind: 'absolute', value: 0.2 },
  severity: 'soft',
  hysteresis: 0,
  effectiveFrom: '2020-01-01T00:00:00.000Z',
};
const fields = (change: Partial<LimitProposal>): string[] =>
  proposalProblems({ ...proposal, ...change }).map(({ field }) => field);

describe('limits by measure and level', () => {
  it('names the node or view of each scope', () => {
    expect(
      [
        { level: 'portfolio' } as const,
        { level: 'strategy', strategy: 'S' } as const,
        { level: 'sector', sector: 'X' } as const,
        { level: 'sector', sector: 'X', strategy: 'S' } as const,
        { level: 'issuer', issuer: 'I' } as const,
        { level: 'instrument', instrumentId: 'A' } as const,
        { level: 'instrument', instrumentId: 'A', strategy: 'S' } as const,
      ].map(nodeIdOf),
    ).toEqual(['portfolio', 'strategy:S', 'sectorTotal:X', 'sector:S/X', 'issuer:I', 'instrument:A', 'leaf:S/A']);
  });

  it.each(limitMeasure.options.filter((measure) => measure !== 'cash'))('takes %s of a strategy', (measure) => {
    const budget = measure === 'utilization' ? { budgetMeasure: 'volatility' as const } : {};
    expect(fields({ measure, scope: { level: 'strategy', strategy: 'S' }, ...budget })).toEqual([]);
  });

  it('knows cash for a whole portfolio only', () => {
    expect(fields({ measure: 'cash' })).toEqual([]);
    expect(fields({ measure: 'cash', scope: { level: 'strategy', strategy: 'S' } })).toEqual(['scope.level']);
  });

  it('wants the measure of the budget tree for utilization, and for nothing else', () => {
    expect(fields({ measure: 'utilization' })).toEqual(['budgetMeasure']);
    expect(fields({ budgetMeasure: 'var' })).toEqual(['budgetMeasure']);
  });

  it('takes a share of a budget only where there is one', () => {
    const bound = { kind: 'shareOfBudget', share: 1 } as const;
    expect(fields({ bound })).toEqual([]);
    expect(fields({ bound, measure: 'weight' })).toEqual(['bound.kind']);
    expect(fields({ bound, scope: { level: 'issuer', issuer: 'I' } })).toEqual(['scope']);
    expect(fields({ bound, scope: { level: 'sector', sector: 'X' } })).toEqual(['scope']);
    expect(fields({ bound, scope: { level: 'sector', sector: 'X', strategy: 'S' } })).toEqual([]);
  });

  it('refuses an end before the beginning', () => {
    expect(fields({ effectiveTo: '2020-01-01T00:00:00.000Z' })).toEqual(['effectiveTo']);
  });
});
