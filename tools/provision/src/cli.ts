import { provisionDatabase } from './provision-database.js';
import { readSettings, SettingsError, usage } from './settings.js';

/** @returns the exit code: 0 done, 1 failed, 2 misconfigured */
async function main(): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  try {
    const settings = readSettings(process.argv.slice(2), process.env);
    if (settings === undefined) say(usage);
    else await provisionDatabase(settings, say);
    return 0;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}${cause}\n`);
    return error instanceof SettingsError ? 2 : 1;
  }
}

process.exitCode = await main();
