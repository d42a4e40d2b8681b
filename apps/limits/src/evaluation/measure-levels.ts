import {
  riskMeasure,
  type FieldProblem,
  type LimitMeasure,
  type LimitProposal,
  type LimitScope,
} from '@risk-budget/contracts';
import { isRiskMeasure } from '@risk-budget/market-data';

export type LimitLevel = LimitScope['level'];

/** Measures that only a whole portfolio has: cash belongs to no strategy. */
const portfolioOnly: ReadonlySet<LimitMeasure> = new Set(['cash']);

/** Measures that say nothing about a single name. */
const notOfOneInstrument: ReadonlySet<LimitMeasure> = new Set(['herfindahl', 'effectiveNumber', 'topFiveWeight']);

/** What keeps a proposal from ever being held against a figure; empty for a sound one. */
export function proposalProblems(proposal: LimitProposal): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const { measure, scope, bound } = proposal;
  if (portfolioOnly.has(measure) && scope.level !== 'portfolio') {
    problems.push({
      field: 'scope.level',
      problem: `${measure} exists for a whole portfolio only`,
      allowed: 'portfolio',
    });
  }
  if (notOfOneInstrument.has(measure) && scope.level === 'instrument') {
    problems.push({
      field: 'measure',
      problem: `${measure} says nothing about one instrument`,
      allowed: 'weight, gross',
    });
  }
  if (measure === 'utilization' && proposal.budgetMeasure === undefined) {
    problems.push({
      field: 'budgetMeasure',
      problem: 'a limit on utilization names the measure of its budget tree',
      allowed: riskMeasure.options.join(', '),
    });
  }
  if (measure !== 'utilization' && proposal.budgetMeasure !== undefined) {
    problems.push({ field: 'budgetMeasure', problem: 'only a limit on utilization has one', allowed: 'absent' });
  }
  if (measure !== 'stressLoss' && proposal.scenarioId !== undefined) {
    problems.push({ field: 'scenarioId', problem: 'only a limit on stress loss has one', allowed: 'absent' });
  }
  if (measure === 'stressLoss' && proposal.direction === 'lower') {
    problems.push({ field: 'direction', problem: 'nobody has to lose under stress', allowed: 'upper' });
  }
  const hasTree =
    scope.level === 'portfolio' || scope.level === 'strategy' || ('strategy' in scope && scope.strategy !== undefined);
  if (bound.kind === 'shareOfBudget' && !isRiskMeasure(measure)) {
    problems.push({ field: 'bound.kind', problem: `${measure} has no budget`, allowed: 'absolute' });
  } else if ((bound.kind === 'shareOfBudget' || measure === 'utilization') && !hasTree) {
    problems.push({
      field: 'scope',
      problem: 'a view across strategies has no budget',
      allowed: 'portfolio, strategy, or a sector or instrument within one strategy',
    });
  }
  if (proposal.effectiveTo !== undefined && Date.parse(proposal.effectiveTo) <= Date.parse(proposal.effectiveFrom)) {
    problems.push({
      field: 'effectiveTo',
      problem: 'ends before it begins',
      allowed: `after ${proposal.effectiveFrom}`,
    });
  }
  return problems;
}
