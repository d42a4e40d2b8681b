import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './standalone-process.js';

const data = join(import.meta.dirname, '..', '..', '..', '..', 'tools', 'replay', 'data');

/** A copy of the sample that ends after its second day, in which nothing is planted and nobody acts: none of its script's cases comes. */
export async function shortSample(): Promise<string> {
  const folder = await temporaryFolder();
  cpSync(data, folder, { recursive: true });
  const at = (file: string) => join(folder, 'desk-2020', file);
  const world = JSON.parse(readFileSync(at('world.json'), 'utf8')) as { lastDay: string };
  world.lastDay = '2020-01-03';
  writeFileSync(at('world.json'), JSON.stringify(world));
  for (const file of ['faults.json', 'desk.json']) writeFileSync(at(file), '[]');
  return folder;
}
