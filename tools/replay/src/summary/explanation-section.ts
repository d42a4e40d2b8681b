import type { ChangeExplanation } from '@risk-budget/contracts';
import type { ReplayResult } from '../replay.js';
import { percent, table } from './format.js';

type Explanation = Omit<ChangeExplanation, 'nodes'>;

/** The day on which each portfolio's volatility rose most: what explains it, and who contributed most to the risk at its end. */
export function explanationSection({ run }: ReplayResult): string[] {
  const atBreaches = run.explanations.filter(({ cause }) => cause === 'breach').length;
  const lines = [
    `Explained changes: ${atBreaches} at breaches, ${run.explanations.length - atBreaches} from close to close`,
  ];
  const portfolioIds = [...new Set(run.explanations.map(({ portfolioId }) => portfolioId))].sort();
  for (const portfolioId of portfolioIds) {
    const worst = worstDay(run.explanations.filter((one) => one.portfolioId === portfolioId));
    if (worst !== undefined) lines.push(...dayLines(worst));
  }
  return lines;
}

/** In the unit of the measure, so that days before and after a budget compare. */
function riseOf({ from, to, budgetFrom, budgetTo }: Explanation): number {
  return to * (budgetTo ?? 1) - (from ?? to) * (budgetFrom ?? 1);
}

function worstDay(explanations: readonly Explanation[]): Explanation | undefined {
  return explanations
    .filter(({ cause, measure }) => cause === 'schedule' && measure === 'volatility')
    .reduce<Explanation | undefined>(
      (worst, one) => (worst === undefined || riseOf(one) > riseOf(worst) ? one : worst),
      undefined,
    );
}

function dayLines({ portfolioId, asOf, quantity, from, to, effects, contributors }: Explanation): string[] {
  const of = quantity === 'utilization' ? 'of its budget' : 'a year';
  return [
    `  Worst day of ${portfolioId}: ${asOf.slice(0, 10)}, volatility from ${percent(from ?? 0)} to ${percent(to)} ${of}`,
    ...table(
      [
        ['from', 'change'],
        // What rounds to nothing has no sign worth telling.
        ...effects
          .filter(({ value }) => Math.abs(value) >= 5e-5)
          .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
          .map(({ effect, value }) => [effect, percent(value)]),
      ],
      '    ',
    ),
    ...table(
      [
        ['largest contributors', 'part', 'share'],
        ...contributors
          .slice(0, 5)
          .map(({ nodeId, contribution, share }) => [
            nodeId.replace('leaf:', ''),
            percent(contribution),
            share === null ? '' : percent(share, 1),
          ]),
      ],
      '    ',
    ),
  ];
}
