import { KitError, preferredFormat, reportFile, type ReportFormat } from '@risk-budget/service-kit';
import type { StreamableFile } from '@nestjs/common';

/** A report in every format it can be told in. */
export interface Report<Document> {
  readonly name: string;
  readonly document: Document;
  csv(): string;
  html(): string;
}

/** The format asked for, by the query or else by `Accept`. @throws KitError `NOT_ACCEPTABLE` */
export function reportFormat(wanted: ReportFormat | undefined, accept: string | undefined): ReportFormat {
  const format = wanted ?? preferredFormat(accept, ['json', 'csv', 'html']);
  if (format === undefined) throw new KitError('NOT_ACCEPTABLE');
  return format;
}

export function told<Document>(report: Report<Document>, format: ReportFormat): Document | StreamableFile {
  if (format === 'json') return report.document;
  return reportFile(format, report.name, format === 'csv' ? report.csv() : report.html());
}
