import { createDriver } from '@risk-budget/messaging';
import { renderSummary, runReplay, sampleDataDir } from '@risk-budget/replay';
import { renderReport, verifyRun } from '@risk-budget/verify-run';
import type { StartBus } from '../bus/bus.js';
import { consumedTopics } from '../definitions.js';
import { deploy, removeData, type Deployment } from '../deployment.js';
import { serviceNames, type Layout, type ServiceName } from '../layout.js';
import { startAsProcesses, type ProcessFleet } from '../process-fleet.js';
import { mintTokens } from '../tokens.js';
import { faultyNetwork } from './faulty-network.js';
import { Monkey, type Done } from './monkey.js';
import { patientDriver } from './patient-driver.js';

export interface RoundOptions {
  readonly layout: Layout;
  readonly startBus: StartBus;
  /** Absent: nothing is disturbed. */
  readonly monkey?: { readonly seed: number; readonly meanPauseMs: number };
  readonly signal: AbortSignal;
  say(line: string): void;
}

export interface RoundResult {
  /** What two runs share: the summary without ids and wall times. */
  readonly summary: string;
  readonly verified: boolean;
  readonly report: string;
  readonly done: readonly Done[];
}

/** While a service is down, nothing of a step settles. */
const SETTLE_MS = 300_000;

/** The sample run on data of its own, each service a process, disturbed by a seeded plan; then verified. */
export async function playRound(options: RoundOptions): Promise<RoundResult> {
  await removeData(options.layout);
  const deployment = await deploy(options.layout, options.startBus, options.say);
  const network = await faultyNetwork(deployment);
  let fleet: ProcessFleet | undefined;
  try {
    fleet = await startAsProcesses(network.deployment, () => undefined, Infinity);
    const { monkey } = options;
    const disturber = monkey && new Monkey({ ...monkey, deployment, fleet, network, say: options.say });
    return await Promise.race([fleet.failed, play(options, deployment, fleet, disturber)]);
  } finally {
    await fleet?.stop();
    await network.close();
    await deployment.stop();
  }
}

async function play(
  { say, signal }: RoundOptions,
  deployment: Deployment,
  fleet: ProcessFleet,
  monkey: Monkey | undefined,
): Promise<RoundResult> {
  const tokens = await mintTokens(deployment.issuer);
  const access = { ...deployment.messagingSecrets, applicationName: 'chaos' };
  const driver = patientDriver(createDriver(deployment.messagingUrl, access), signal);
  const by = (url: (name: ServiceName) => string) =>
    Object.fromEntries(serviceNames.map((name) => [name, url(name)])) as Record<ServiceName, string>;
  const [urls, managementUrls] = [by(fleet.url), by(fleet.managementUrl)];
  try {
    monkey?.start();
    const replay = { driver, urls, consumes: consumedTopics(), tokens, log: say, signal, settleTimeoutMs: SETTLE_MS };
    const result = await runReplay(replay);
    await monkey?.stop();
    const report = await verifyRun({ driver, urls, managementUrls, tokens, dataDir: sampleDataDir });
    return {
      summary: withoutIds(renderSummary(result)),
      verified: report.passed,
      report: renderReport(report),
      done: monkey?.done ?? [],
    };
  } finally {
    await monkey?.stop().catch(() => undefined);
    await driver.close();
  }
}

function withoutIds(summary: string): string {
  return summary.slice(0, summary.indexOf('\n\nIds and wall times'));
}
