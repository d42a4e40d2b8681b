import { toCsv } from '@risk-budget/service-kit';
import { htmlPage, htmlTable } from '../rest/html.js';
import type { RiskView } from './risk.schemas.js';

const columns = [
  'portfolioId',
  'asOf',
  'snapshotId',
  'measure',
  'by',
  'name',
  'kind',
  'weight',
  'gross',
  'component',
  'percentage',
  'marginal',
  'incremental',
  'standalone',
  'exposure',
  'deviation',
  'correlation',
] as const;

/** One row a part, each with the portfolio, the moment and the measure. */
export function riskCsv({ portfolioId, asOf, snapshotId, measure, by, lines }: RiskView): string {
  return toCsv(
    columns,
    lines.map(({ xSigmaRho, ...line }) => ({
      ...{ portfolioId, asOf, snapshotId, measure, by, ...line },
      exposure: xSigmaRho?.exposure ?? null,
      deviation: xSigmaRho?.deviation ?? null,
      correlation: xSigmaRho?.correlation ?? null,
    })),
  );
}

export function riskHtml(view: RiskView): string {
  const { portfolioId, asOf, measure, by, total, lines } = view;
  return htmlPage(`Risk of ${portfolioId} by ${by}`, [
    `${measure} ${percent(total)} as of ${asOf}; risk model ${view.modelId}, policy ${view.policyId} version ${view.policyVersion}.`,
    htmlTable(
      [by, 'weight', 'contribution', 'share', 'marginal', 'incremental', 'alone'],
      lines.map((line) => [
        line.name,
        percent(line.weight),
        percent(line.component),
        percent(line.percentage),
        number(line.marginal),
        percent(line.incremental),
        percent(line.standalone),
      ]),
    ),
  ]);
}

const percent = (value: number | null): string => (value === null ? '' : `${(100 * value).toFixed(2)} %`);
const number = (value: number | null): string => (value === null ? '' : value.toFixed(4));
