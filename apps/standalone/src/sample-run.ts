import type { MessagingDriver } from '@risk-budget/messaging';
import { renderSummary, runReplay, sampleDataDir } from '@risk-budget/replay';
import { renderReport, verifyRun } from '@risk-budget/verify-run';
import { consumedTopics } from './definitions.js';
import type { Deployment } from './deployment.js';
import type { Fleet } from './fleet.js';
import { serviceNames, type ServiceName } from './layout.js';
import { writeRunRecord } from './run-record.js';
import type { Tokens } from './tokens.js';

export interface SampleRun {
  readonly deployment: Deployment;
  readonly fleet: Fleet;
  readonly tokens: Tokens;
  readonly driver: MessagingDriver;
  readonly signal: AbortSignal;
  /** The input files; the project's own when absent. */
  readonly sampleDir?: string | undefined;
  say(line: string): void;
}

/** Plays the sample, prints its summary, and has it verified. @returns 0, or 1 when a check failed */
export async function runSample({ sampleDir: dataDir = sampleDataDir, ...parts }: SampleRun): Promise<number> {
  const { deployment, fleet, tokens, driver, signal, say } = parts;
  const urls = Object.fromEntries(serviceNames.map((name) => [name, fleet.url(name)])) as Record<ServiceName, string>;
  const managementUrls = Object.fromEntries(serviceNames.map((name) => [name, fleet.managementUrl(name)])) as Record<
    ServiceName,
    string
  >;
  await writeRunRecord(deployment.layout.runFile, { state: 'started' });
  const result = await runReplay({ driver, urls, consumes: consumedTopics(), tokens, dataDir, log: say, signal });
  const summary = renderSummary(result);
  say(`\n${summary}\n`);
  say('Verifying: every figure again from the input files, by a program that shares no code with the services');
  const report = await verifyRun({ driver, urls, managementUrls, tokens, dataDir });
  say(renderReport(report));
  await writeRunRecord(deployment.layout.runFile, { state: 'complete', summary });
  return report.passed ? 0 : 1;
}
