/** Formats in which a report is told, with their media types, in the order of preference. */
const mediaTypes = {
  json: 'application/json',
  csv: 'text/csv',
  html: 'text/html',
} as const;

export type ReportFormat = keyof typeof mediaTypes;

/**
 * The format that an `Accept` header asks for: the highest quality, of equals the more exact naming, of equals the one offered first.
 *
 * @param offered the formats of the report, the preferred one first
 * @returns undefined when it takes none of them
 */
export function preferredFormat<Format extends ReportFormat>(
  accept: string | undefined,
  offered: readonly Format[],
): Format | undefined {
  if (accept === undefined || accept.trim() === '') return offered[0];
  const ranges = accept.split(',').map(parseRange);
  let best: { format: Format; quality: number; exactness: number } | undefined;
  for (const format of offered) {
    // The most exact range that covers a type decides its quality, so that `text/csv;q=0` refuses it whatever `*/*` says.
    const types = coveringTypes(format);
    const exactness = types.findIndex((type) => ranges.some((range) => range.type === type));
    const quality = ranges.find((range) => range.type === types[exactness])?.quality ?? 0;
    if (quality === 0) continue;
    const better =
      best === undefined || quality > best.quality || (quality === best.quality && exactness < best.exactness);
    if (better) best = { format, quality, exactness };
  }
  return best?.format;
}

function coveringTypes(format: ReportFormat): string[] {
  const type = mediaTypes[format];
  return [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*'];
}

function parseRange(text: string): { type: string; quality: number } {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const value = quality === undefined ? 1 : Number(quality);
  return { type, quality: Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0 };
}
