const offered = [
  { format: 'json', types: ['application/json', 'application/*', '*/*'] },
  { format: 'csv', types: ['text/csv', 'text/*', '*/*'] },
] as const;

/**
 * The format that an `Accept` header asks for: the highest quality, of equals the more exact naming, of equals JSON.
 *
 * @returns undefined when it takes neither
 */
export function preferredFormat(accept: string | undefined): 'json' | 'csv' | undefined {
  if (accept === undefined || accept.trim() === '') return 'json';
  const ranges = accept.split(',').map(parseRange);
  let best: { format: 'json' | 'csv'; quality: number; exactness: number } | undefined;
  for (const { format, types } of offered) {
    // The most exact range that covers a type decides its quality, so that `text/csv;q=0` refuses it whatever `*/*` says.
    const exactness = types.findIndex((type) => ranges.some((range) => range.type === type));
    const quality = ranges.find((range) => range.type === types[exactness])?.quality ?? 0;
    if (quality === 0) continue;
    const better =
      best === undefined || quality > best.quality || (quality === best.quality && exactness < best.exactness);
    if (better) best = { format, quality, exactness };
  }
  return best?.format;
}

function parseRange(text: string): { type: string; quality: number } {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const value = quality === undefined ? 1 : Number(quality);
  return { type, quality: Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0 };
}
