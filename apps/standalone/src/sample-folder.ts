import { PriceTable, priceFiles, readScript } from '@risk-budget/replay';
import { OptionsError } from './options.js';

/**
 * Reads another sample as the run will, before anything is started or removed.
 *
 * @throws OptionsError naming the file at fault, and its fields
 */
export function assertSample(folder: string): void {
  try {
    const script = readScript(folder);
    const { firstDay, lastDay } = script.world;
    const days = PriceTable.read(folder, priceFiles(script)).days(firstDay, lastDay);
    if (days.length === 0) throw new RangeError(`no file has prices from ${firstDay} to ${lastDay}`);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new OptionsError(`--sample takes a folder with the files of tools/replay/data, not '${folder}': ${problem}`);
  }
}
