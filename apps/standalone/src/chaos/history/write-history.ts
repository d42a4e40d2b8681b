import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PriceTable, readScript, sampleDataDir } from '@risk-budget/replay';
import { randomHistory, type HistoryOptions } from './random-history.js';

/** Draws a history and writes it as a script, which the replay and the verifier each read for themselves. */
export async function writeRandomHistory(dir: string, options: HistoryOptions): Promise<void> {
  const { world, instruments } = readScript(sampleDataDir);
  const days = PriceTable.read(sampleDataDir, ['us-equities-1990-2022.csv.gz']).days('0000-00-00', '9999-99-99');
  const history = randomHistory(options, { world, instruments, days });
  await mkdir(dir, { recursive: true });
  for (const part of ['world', 'faults', 'desk'] as const) {
    await writeFile(join(dir, `${part}.json`), `${JSON.stringify(history[part], null, 2)}\n`);
  }
}
