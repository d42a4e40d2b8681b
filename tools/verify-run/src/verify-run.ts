import type { MessagingDriver } from '@risk-budget/messaging';
import { readMessages } from './adapters/read-messages.js';
import { readRest } from './adapters/read-rest.js';
import type { LoggedMessage } from './events/run-events.js';
import type { RestFindings } from './inputs/rest-findings.js';
import { readInputs, type RunInputs } from './inputs/script-files.js';
import type { VerificationReport } from './report.js';
import { verify } from './verify.js';

export interface VerifyRunOptions {
  readonly driver: MessagingDriver;
  /** REST base URL of each service, by name. */
  readonly urls: Readonly<Record<string, string>>;
  /** Base URL of each service's management port, by name. */
  readonly managementUrls: Readonly<Record<string, string>>;
  readonly tokens: { readonly operator: string; readonly riskManager: string };
  /** The folder that the run was made from. */
  readonly dataDir: string;
  /** The folder of its script; the sample's unless said. */
  readonly scriptDir?: string;
}

/** A finished run as it can be seen from outside: its input files, every public topic and the services' answers. */
export interface RunRecording {
  readonly inputs: RunInputs;
  readonly messages: readonly LoggedMessage[];
  readonly rest: RestFindings;
}

/** Reads everything that a verification holds against each other. */
export async function recordRun(options: VerifyRunOptions): Promise<RunRecording> {
  const inputs = readInputs(options.dataDir, options.scriptDir);
  const messages = await readMessages(options.driver);
  const late = inputs.faults.flatMap((fault) => (fault.fault === 'refused' ? [fault.portfolio.portfolioId] : []));
  const rest = await readRest({
    urls: options.urls,
    managementUrls: options.managementUrls,
    token: options.tokens.operator,
    riskManagerToken: options.tokens.riskManager,
    performancePaths: inputs.performancePaths,
    reportMoments: inputs.reportMoments,
    portfolioIds: [...inputs.world.portfolios.map(({ portfolio }) => portfolio.portfolioId), ...late],
  });
  return { inputs, messages, rest };
}

/** Verifies a finished run. */
export async function verifyRun(options: VerifyRunOptions): Promise<VerificationReport> {
  const { inputs, messages, rest } = await recordRun(options);
  return verify(inputs, messages, rest);
}
