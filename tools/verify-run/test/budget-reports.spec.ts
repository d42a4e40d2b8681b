import { checkBudgetReports } from '../src/checks/budget-reports.js';
import { contextOf } from '../src/checks/context.js';
import { RunEvents } from '../src/events/run-events.js';
import type { BudgetReportFinding } from '../src/inputs/budget-report-findings.js';
import { run } from './corrupted.js';

const context = contextOf(run.inputs, new RunEvents(run.messages), run.rest);
const reports = run.rest.budgetReports;

/** How much is said against some reports. */
const failures = (budgetReports: readonly BudgetReportFinding[]): number =>
  checkBudgetReports({ ...context, rest: { ...run.rest, budgetReports } })[0]?.failed ?? NaN;

type Row = BudgetReportFinding['rows'][number];
const withRow = (change: (row: Row) => Partial<Row>): number =>
  failures(
    reports.map((report, at) =>
      at === 0
        ? { ...report, rows: report.rows.map((row, i) => (i === 1 ? { ...row, ...change(row) } : row)) }
        : report,
    ),
  );

describe('the verification of budget reports', () => {
  it('passes those of two days', () => {
    expect(reports).toHaveLength(2);
    expect(failures(reports)).toBe(0);
  });

  it.each(['consumption', 'standalone', 'diversificationBenefit', 'consumptionShare'] as const)(
    'fails on a %s that is off',
    (figure) => {
      expect(withRow((row) => ({ [figure]: (row[figure] ?? NaN) * (1 + 1e-6) }))).toBe(1);
    },
  );

  it.each(['budget', 'budgetShare', 'utilization', 'headroom'] as const)('fails on a %s that nobody gave', (figure) => {
    expect(withRow(() => ({ [figure]: 0.1 }))).toBe(1);
  });

  it('fails on a node or a report that is missing, one of another snapshot, and a count of states that is not theirs', () => {
    const [first, second] = reports;
    if (first === undefined || second === undefined) throw new Error('there are no two reports');
    expect(failures([{ ...first, rows: first.rows.slice(1) }, second])).toBeGreaterThan(0);
    expect(failures([second])).toBe(1);
    expect(failures([first, first])).toBeGreaterThan(0);
    expect(failures([{ ...first, snapshotId: second.snapshotId }, second])).toBe(1);
    expect(withRow(() => ({ state: 'red' }))).toBe(2);
    const totals = first.totals.map((total, at) =>
      at === 0 ? { ...total, consumption: total.consumption * 1.1 } : total,
    );
    expect(failures([{ ...first, totals }, second])).toBe(1);
  });
});
