import { usage as brokerUsage, provisionBrokerCommand } from './broker/command.js';
import { provisionDatabaseCommand } from './database/command.js';
import { usage as databaseUsage } from './database/settings.js';
import { SettingsError } from './settings-error.js';

const commands = { database: provisionDatabaseCommand, broker: provisionBrokerCommand };

/** @returns the exit code: 0 done, 1 failed, 2 misconfigured */
async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  try {
    if (!Object.hasOwn(commands, name)) throw new SettingsError(`${databaseUsage}\n\n${brokerUsage}`);
    await commands[name as keyof typeof commands](args, process.env, say);
    return 0;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}${cause}\n`);
    return error instanceof SettingsError ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
