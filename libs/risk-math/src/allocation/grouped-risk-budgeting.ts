import { compositionOf, groupIndex, groupShares } from './groups.js';
import { createProgram, expand } from './program.js';
import { checkedBudgets, riskBudgeting, solveRiskBudgets } from './risk-budgeting.js';
import { riskShares, toSolution } from './solution.js';
import type { AllocationProblem, BudgetGroup, GroupedSolution, WithinGroup } from './types.js';

/**
 * Risk budgeting of groups (strategies, sectors): each group takes its share of the portfolio's risk.
 *
 * - `equalRisk`: the group's share is split equally among its assets, and the assets are budgeted.
 * - otherwise the group is one composite asset of fixed relative weights, and the composites are budgeted: the shares hold
 *   for the groups; within a group risk falls as its weights make it fall, and the target share of an asset is its part of the
 *   group's target in the same proportion.
 *
 * Source: Roncalli, "Introduction to risk parity and budgeting" (2013), chapter 2.
 *
 * @throws RiskMathError as `riskBudgeting`, and `invalidInput` unless each asset stands in exactly one group
 */
export function groupedRiskBudgeting(
  problem: AllocationProblem & { readonly groups: readonly BudgetGroup[]; readonly within: WithinGroup },
): GroupedSolution {
  const { groups, within } = problem;
  const group = groupIndex(problem, groups);
  const budgets = checkedBudgets(
    groups.map(({ share }) => share),
    groups.length,
  );
  if (within.kind === 'equalRisk') {
    const sizes = new Float64Array(groups.length);
    group.forEach((number) => (sizes[number]! += 1));
    const perAsset = Float64Array.from(group, (number) => budgets[number]! / sizes[number]!);
    const solution = riskBudgeting({ ...problem, budgets: perAsset });
    return { ...solution, groups: groupShares(solution, groups, group) };
  }
  const program = createProgram(problem, compositionOf(problem, groups, within));
  const outcome = solveRiskBudgets(program, budgets);
  const realised = riskShares(program.covariance, expand(program, outcome.variables));
  const byGroup = new Float64Array(groups.length);
  realised.forEach((share, asset) => (byGroup[group[asset]!]! += share));
  const targets = realised.map((share, asset) => {
    const number = group[asset]!;
    return byGroup[number]! > 0 ? (share / byGroup[number]!) * budgets[number]! : 0;
  });
  const solution = toSolution(program, outcome, targets);
  return { ...solution, groups: groupShares(solution, groups, group) };
}
