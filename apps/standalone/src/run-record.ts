import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const schema = z.object({ state: z.enum(['started', 'complete']), summary: z.string().optional() });

/** What is known of the sample run on this data: nothing, begun and not finished, or complete with its summary. */
export type RunRecord = z.infer<typeof schema>;

export async function readRunRecord(file: string): Promise<RunRecord | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : schema.parse(JSON.parse(text));
}

export async function writeRunRecord(file: string, record: RunRecord): Promise<void> {
  await writeFile(`${file}.partial`, JSON.stringify(record));
  await rename(`${file}.partial`, file);
}
