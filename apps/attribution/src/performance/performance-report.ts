import { toCsv } from '@risk-budget/service-kit';
import { htmlPage, htmlTable } from '../rest/html.js';
import type { PerformanceView } from './performance.schemas.js';

const columns = [
  'portfolioId',
  'from',
  'to',
  'by',
  'name',
  'allocation',
  'selection',
  'interaction',
  'total',
  'exAnteRisk',
  'realisedRisk',
  'realisedRiskShare',
  'ratio',
] as const;

export function performanceCsv({ portfolioId, from, to, by, lines }: PerformanceView): string {
  return toCsv(
    columns,
    lines.map((line) => ({ portfolioId, from, to, by, ...line })),
  );
}

export function performanceHtml(view: PerformanceView): string {
  const { portfolioId, from, to, by, portfolioReturn, benchmarkReturn, activeReturn, benchmark, risk, lines } = view;
  return htmlPage(`Return of ${portfolioId} by ${by}`, [
    `${from} to ${to}: ${percent(portfolioReturn)} against ${percent(benchmarkReturn)} (${benchmark}), ${percent(activeReturn)} active.`,
    `Volatility ${percent(risk.exAnteVolatilityAnnual)} expected, ${percent(risk.realisedVolatilityAnnual)} realised; tracking error ${percent(risk.exAnteTrackingErrorAnnual)} and ${percent(risk.realisedTrackingErrorAnnual)}.`,
    htmlTable(
      [by, 'allocation', 'selection', 'interaction', 'total', 'risk before', 'risk realised', 'share'],
      lines.map((line) => [
        line.name,
        percent(line.allocation),
        percent(line.selection),
        percent(line.interaction),
        percent(line.total),
        percent(line.exAnteRisk),
        percent(line.realisedRisk),
        percent(line.realisedRiskShare),
      ]),
    ),
  ]);
}

const percent = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(2)} %`);
