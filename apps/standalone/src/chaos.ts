import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { disturbances, drill } from '@risk-budget/chaos';
import { renderReport } from '@risk-budget/verify-run';
import { startEmbeddedBus } from './bus/embedded-bus.js';
import { startPulsarBus } from './bus/pulsar-bus.js';
import { chaosUsage, parseChaosOptions, type ChaosOptions } from './chaos/options.js';
import { chaosReport, firstDifference, notAsPlanned } from './chaos/report.js';
import { playRound, type RoundOptions, type RoundResult } from './chaos/round.js';
import { layoutOf, serviceNames } from './layout.js';
import { OptionsError } from './options.js';
import { assertPortsFree } from './ports.js';
import { stopSignal } from './stop-signal.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * Plays histories, or the sample, disturbed until the time is over: each must be verified. The sample is played undisturbed before, and must
 * tell the same story.
 */
async function chaos(options: ChaosOptions): Promise<number> {
  const layout = layoutOf(options, root);
  const { instances } = options;
  await assertPortsFree(layout, instances);
  const signal = stopSignal();
  const startBus = options.pulsar ? startPulsarBus : startEmbeddedBus;
  const calm = options.sample ? await undisturbed({ layout, startBus, instances, signal, say }) : undefined;
  const began = Date.now();
  const rounds: RoundResult[] = [];
  const problems: string[] = [];
  do {
    const seed = options.seed + rounds.length;
    say(`Disturbed, seed ${seed}`);
    const { pauseMs: meanPauseMs, pulsar: ownBroker } = options;
    const plan = options.drill
      ? drill({ seed, services: serviceNames, instances })
      : disturbances({ seed, meanPauseMs, services: serviceNames, instances, ownBroker });
    const history = options.sample ? {} : { history: { seed, days: options.days } };
    const round = await playRound({ layout, startBus, instances, plan, ...history, signal, say });
    rounds.push(round);
    say(renderReport(round.report));
    const difference = calm && firstDifference(calm.summary, round.summary);
    if (!round.report.passed) problems.push(`seed ${seed}: not verified`);
    if (difference !== undefined) problems.push(`seed ${seed}: another story, ${difference}`);
    if (Array.isArray(plan)) problems.push(...notAsPlanned(plan, round).map((what) => `seed ${seed}: ${what}`));
    if (round.done.length === 0) problems.push(`seed ${seed}: nothing was disturbed; a shorter --pause is needed`);
  } while (problems.length === 0 && Date.now() - began < options.minutes * 60_000);
  for (const line of chaosReport(rounds, (Date.now() - began) / 1000)) say(line);
  for (const problem of problems) say(`PROBLEM ${problem}`);
  say(problems.length === 0 ? 'Nothing lost, nothing twice: every run is verified.' : 'Failed.');
  return problems.length === 0 ? 0 : 1;
}

async function undisturbed(options: RoundOptions): Promise<RoundResult> {
  say('Undisturbed');
  const calm = await playRound(options);
  if (!calm.report.passed) throw new Error(`The undisturbed run is not verified:\n${renderReport(calm.report)}`);
  return calm;
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
