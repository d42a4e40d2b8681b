import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDriver } from '@risk-budget/messaging';
import { printAccess, writeAccessFile } from './access.js';
import type { StartBus } from './bus/bus.js';
import { deploy, removeData, type Deployment } from './deployment.js';
import type { Fleet } from './fleet.js';
import { layoutOf } from './layout.js';
import { OptionsError, parseOptions, usage, type StandaloneOptions } from './options.js';
import { assertPortsFree } from './ports.js';
import { readRunRecord } from './run-record.js';
import { assertSample } from './sample-folder.js';
import { runSample } from './sample-run.js';
import { stopSignal } from './stop-signal.js';
import { mintTokens, type Tokens } from './tokens.js';

/** Root of the workspace: data folders are relative to it, wherever the command is typed. */
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

export type StartFleet = (deployment: Deployment, say: (line: string) => void) => Promise<Fleet>;

/** Runs the system on embedded parts until it is told to stop. @returns the exit code */
export async function standalone(args: readonly string[], startFleet: StartFleet, startBus: StartBus): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  try {
    const options = parseOptions(args);
    if (options.help) {
      say(usage);
      return 0;
    }
    return await run(options, startFleet, startBus, say);
  } catch (error) {
    const code = codeOf(error);
    // A refusal that has a code speaks for itself; anything else is a defect and shows where it stands.
    process.stderr.write(
      `${code === undefined && error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`,
    );
    return error instanceof OptionsError ? 2 : 1;
  }
}

async function run(
  options: StandaloneOptions,
  startFleet: StartFleet,
  startBus: StartBus,
  say: (line: string) => void,
): Promise<number> {
  const started = Date.now();
  const layout = layoutOf(options, root);
  const signal = stopSignal();
  if (options.sampleDir !== undefined) assertSample(options.sampleDir);
  await assertPortsFree(layout);
  if (options.reset || options.once) await removeData(layout);
  const deployment = await deploy(layout, startBus, say);
  let fleet: Fleet | undefined;
  try {
    fleet = await startFleet(deployment, say);
    const tokens = await mintTokens(deployment.issuer);
    say(`Ready in ${((Date.now() - started) / 1000).toFixed(1)} s`);
    const accessFile = await writeAccessFile(layout, fleet, tokens, {
      url: deployment.messagingUrl,
      token: deployment.messagingSecrets.token,
    });
    if (!options.once) printAccess(fleet, tokens, accessFile, say);
    const code = options.empty ? 0 : await sample(options, deployment, fleet, tokens, signal, say);
    if (!options.once && !signal.aborted) {
      say('Up. Ctrl-C ends.');
      await Promise.race([aborted(signal), fleet.failed]);
    }
    return signal.aborted && options.once ? 130 : code;
  } finally {
    say('Stopping');
    await fleet?.stop();
    await deployment.stop();
  }
}

async function sample(
  options: StandaloneOptions,
  deployment: Deployment,
  fleet: Fleet,
  tokens: Tokens,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<number> {
  const record = await readRunRecord(deployment.layout.runFile);
  if (record?.state === 'complete') {
    say('The sample has run on this data already (--reset runs it afresh). Its summary:');
    say(record.summary ?? '');
    return 0;
  }
  if (record?.state === 'started') {
    say('The sample was interrupted on this data and cannot go on from the middle: --reset runs it afresh.');
    return 1;
  }
  const driver = createDriver(deployment.messagingUrl, {
    ...deployment.messagingSecrets,
    applicationName: 'standalone',
  });
  try {
    return await Promise.race([
      runSample({ deployment, fleet, tokens, driver, signal, sampleDir: options.sampleDir, say }),
      fleet.failed,
    ]);
  } catch (error) {
    if (!signal.aborted) throw error;
    return options.once ? 130 : 0;
  } finally {
    await driver.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.message}` : String(error);
}
