import { createDriver } from '@risk-budget/messaging';
import { join } from 'node:path';
import type { PlannedDisturbance } from '@risk-budget/chaos';
import { renderSummary, runReplay, sampleDataDir } from '@risk-budget/replay';
import { verifyRun, type VerificationReport } from '@risk-budget/verify-run';
import type { StartBus } from '../bus/bus.js';
import { consumedTopics } from '../definitions.js';
import { deploy, removeData, type Deployment } from '../deployment.js';
import { serviceNames, type Layout, type ServiceName } from '../layout.js';
import { startAsProcesses, type ProcessFleet } from '../process-fleet.js';
import { mintTokens } from '../tokens.js';
import { faultyNetwork } from './faulty-network.js';
import { writeRandomHistory } from './history/write-history.js';
import type { HistoryOptions } from './history/random-history.js';
import { Monkey, type Done } from './monkey.js';
import { patientDriver } from './patient-driver.js';
import { Progress } from './progress.js';

export interface RoundOptions {
  readonly layout: Layout;
  readonly startBus: StartBus;
  /** What is played; absent: the sample. */
  readonly history?: HistoryOptions;
  /** Of every service, side by side; default one. */
  readonly instances?: number;
  /** Absent: nothing is disturbed. */
  readonly plan?: Iterable<PlannedDisturbance>;
  readonly signal: AbortSignal;
  say(line: string): void;
}

export interface RoundResult {
  /** What two runs share: the summary without ids and wall times. */
  readonly summary: string;
  readonly report: VerificationReport;
  readonly done: readonly Done[];
  /** Steps in the lives of breaches that were published. */
  readonly breachSteps: number;
}

/** While a service is down, nothing of a step settles. */
const SETTLE_MS = 300_000;

/** A run on data of its own, each service a process, disturbed by a plan; then verified. */
export async function playRound(options: RoundOptions): Promise<RoundResult> {
  await removeData(options.layout);
  const deployment = await deploy(options.layout, options.startBus, options.say);
  const { instances = 1 } = options;
  const network = await faultyNetwork(deployment, instances);
  let fleet: ProcessFleet | undefined;
  try {
    fleet = await startAsProcesses(network.deployment, () => undefined, { maxRestarts: Infinity, instances });
    const { plan, say } = options;
    const progress = new Progress();
    const monkey = plan && new Monkey({ plan, progress, deployment, fleet, network, say });
    return await Promise.race([fleet.failed, play(options, { deployment, fleet, progress, monkey })]);
  } finally {
    await fleet?.stop();
    await network.close();
    await deployment.stop();
  }
}

interface Playing {
  readonly deployment: Deployment;
  readonly fleet: ProcessFleet;
  readonly progress: Progress;
  readonly monkey: Monkey | undefined;
}

async function play(
  { say, signal, layout, history }: RoundOptions,
  { deployment, fleet, progress, monkey }: Playing,
): Promise<RoundResult> {
  const script = history === undefined ? {} : { scriptDir: join(layout.dataDir, 'history') };
  if (history !== undefined) await writeRandomHistory(join(layout.dataDir, 'history'), history);
  const tokens = await mintTokens(deployment.issuer);
  const access = { ...deployment.messagingSecrets, applicationName: 'chaos' };
  const driver = patientDriver(createDriver(deployment.messagingUrl, access), signal);
  const by = (url: (name: ServiceName) => string) =>
    Object.fromEntries(serviceNames.map((name) => [name, url(name)])) as Record<ServiceName, string>;
  const [urls, managementUrls] = [by(fleet.url), by(fleet.managementUrl)];
  const everyUrl = Object.fromEntries(
    serviceNames.map((name) => [name, fleet.instances.map((instance) => fleet.urlOf(name, instance))]),
  );
  try {
    monkey?.start();
    const onStep = (step: number, steps: number): void => progress.reach(step / steps);
    const around = { driver, urls: everyUrl, consumes: consumedTopics(), tokens, log: say, signal };
    const result = await runReplay({ ...around, ...script, onStep, settleTimeoutMs: SETTLE_MS });
    await monkey?.stop();
    const report = await verifyRun({ driver, urls, managementUrls, tokens, dataDir: sampleDataDir, ...script });
    return {
      summary: withoutIds(renderSummary(result)),
      report,
      done: monkey?.done ?? [],
      breachSteps: result.run.breaches.length,
    };
  } finally {
    await monkey?.stop().catch(() => undefined);
    await driver.close();
  }
}

function withoutIds(summary: string): string {
  return summary.slice(0, summary.indexOf('\n\nIds and wall times'));
}
