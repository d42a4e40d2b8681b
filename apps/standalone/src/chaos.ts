import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedBus } from './bus/embedded-bus.js';
import { startPulsarBus } from './bus/pulsar-bus.js';
import { chaosUsage, parseChaosOptions, type ChaosOptions } from './chaos/options.js';
import { chaosReport, firstDifference } from './chaos/report.js';
import { playRound, type RoundResult } from './chaos/round.js';
import { layoutOf } from './layout.js';
import { OptionsError } from './options.js';
import { assertPortsFree } from './ports.js';
import { stopSignal } from './stop-signal.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Plays the sample undisturbed, then disturbed until the time is over: each must be verified, and tell the same story. */
async function chaos(options: ChaosOptions): Promise<number> {
  const layout = layoutOf(options, root);
  await assertPortsFree(layout);
  const signal = stopSignal();
  const startBus = options.pulsar ? startPulsarBus : startEmbeddedBus;
  say('Undisturbed');
  const calm = await playRound({ layout, startBus, signal, say });
  if (!calm.verified) throw new Error(`The undisturbed run is not verified:\n${calm.report}`);
  const began = Date.now();
  const rounds: RoundResult[] = [];
  const problems: string[] = [];
  do {
    const seed = options.seed + rounds.length;
    say(`Disturbed, seed ${seed}`);
    const monkey = { seed, meanPauseMs: options.pauseMs };
    const round = await playRound({ layout, startBus, monkey, signal, say });
    rounds.push(round);
    say(round.report);
    const difference = firstDifference(calm.summary, round.summary);
    if (!round.verified) problems.push(`seed ${seed}: not verified`);
    if (difference !== undefined) problems.push(`seed ${seed}: another story, ${difference}`);
    if (round.done.length === 0) problems.push(`seed ${seed}: nothing was disturbed; a shorter --pause is needed`);
  } while (problems.length === 0 && Date.now() - began < options.minutes * 60_000);
  for (const line of chaosReport(rounds, (Date.now() - began) / 1000)) say(line);
  for (const problem of problems) say(`PROBLEM ${problem}`);
  say(
    problems.length === 0
      ? 'Nothing lost, nothing twice: every run is verified and tells what the undisturbed one tells.'
      : 'Failed.',
  );
  return problems.length === 0 ? 0 : 1;
}

try {
  const options = parseChaosOptions(process.argv.slice(2));
  if (options.help) say(chaosUsage);
  else process.exitCode = await chaos(options);
} catch (error) {
  process.stderr.write(
    `${error instanceof OptionsError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = error instanceof OptionsError ? 2 : 1;
}
