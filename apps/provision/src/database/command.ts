import { provisionDatabase } from './provision-database.js';
import { readSettings, usage } from './settings.js';

/** The command `database`. @throws SettingsError, and what {@link provisionDatabase} throws */
export async function provisionDatabaseCommand(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<void> {
  const settings = readSettings(args, environment);
  if (settings === undefined) say(usage);
  else await provisionDatabase(settings, say);
}
