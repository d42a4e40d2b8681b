import { z } from 'zod';
import type { ReplayResult } from '../replay.js';
import { percent, table } from './format.js';

const figure = z.number().nullable();
const performance = z.object({
  ...{ portfolioId: z.string(), from: z.string(), to: z.string() },
  ...{ portfolioReturn: z.number(), benchmarkReturn: z.number(), activeReturn: z.number() },
  risk: z.object({
    ...{ exAnteVolatilityAnnual: figure, realisedVolatilityAnnual: figure },
    ...{ exAnteTrackingErrorAnnual: figure, realisedTrackingErrorAnnual: figure, varExceedances: figure },
  }),
  lines: z.array(z.object({ name: z.string(), total: z.number(), exAnteRisk: figure, realisedRisk: figure })),
  days: z.array(z.object({ source: z.enum(['stated', 'own']) })),
});

/** What was earned in the periods that the desk has asked about, told apart beside the risk that was taken for it. */
export function performanceSection({ desk }: ReplayResult): string[] {
  const answers = desk.flatMap(({ action, answer }) =>
    action.do === 'read' && action.refusedWith === undefined && action.path.includes('/performance-attribution')
      ? [performance.parse(answer)]
      : [],
  );
  return answers.flatMap(({ portfolioId, from, to, risk, lines, days, ...returns }) => [
    `Performance of ${portfolioId} from ${from} to ${to}`,
    `  earned ${percent(returns.portfolioReturn)}, its benchmark ${percent(returns.benchmarkReturn)}, more than it ${percent(returns.activeReturn)}; ${days.filter(({ source }) => source === 'stated').length} of ${days.length} days as stated upstream`,
    `  volatility ${shown(risk.realisedVolatilityAnnual)} after ${shown(risk.exAnteVolatilityAnnual)} expected, tracking error ${shown(risk.realisedTrackingErrorAnnual)} after ${shown(risk.exAnteTrackingErrorAnnual)}; ${risk.varExceedances ?? 0} days lost more than their value at risk`,
    ...table([
      ['from', 'active return', 'risk expected', 'risk realised'],
      ...lines.map(({ name, total, exAnteRisk, realisedRisk }) => [
        name,
        percent(total),
        shown(exAnteRisk),
        shown(realisedRisk),
      ]),
    ]),
  ]);
}

function shown(value: number | null): string {
  return value === null ? '' : percent(value);
}
