import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { deskScript, type DeskScript } from './desk.schema.js';
import { plantedFault, type FaultKind, type FaultOf, type PlantedFault } from './faults.schema.js';
import { instrumentEntry, world, type InstrumentEntry, type World } from './world.schema.js';

/** The whole run as data: what exists, what goes wrong, and what the desk does. */
export interface Script {
  readonly dataDir: string;
  /** The script's own folder. */
  readonly dir: string;
  readonly world: World;
  readonly instruments: readonly InstrumentEntry[];
  readonly faults: readonly PlantedFault[];
  readonly desk: DeskScript;
}

/**
 * Reads and checks the script of a run.
 *
 * @param dataDir the folder with the prices and `instruments.json`
 * @param dir the script's folder; the sample's unless said
 * @throws Error naming the file and each field at fault
 */
export function readScript(dataDir: string, dir = join(dataDir, 'desk-2020')): Script {
  const at = (file: string) => join(dir, file);
  return {
    dataDir,
    dir,
    world: readChecked(at('world.json'), world),
    instruments: readChecked(join(dataDir, 'instruments.json'), z.array(instrumentEntry)),
    faults: readChecked(at('faults.json'), z.array(plantedFault)),
    desk: readChecked(at('desk.json'), deskScript),
  };
}

/** The planted faults of one kind. */
export function faultsOf<Kind extends FaultKind>(faults: readonly PlantedFault[], kind: Kind): FaultOf<Kind>[] {
  return faults.filter((fault): fault is FaultOf<Kind> => fault.fault === kind);
}

function readChecked<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(parsedJson(path));
  if (!parsed.success) throw new Error(`${path} does not fit its schema:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function parsedJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Error(`${path} is no JSON: ${error.message}`, { cause: error });
    throw error;
  }
}
