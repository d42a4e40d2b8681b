import type { MessagingDriver } from '@risk-budget/messaging';
import { readMessages } from './adapters/read-messages.js';
import { readRest } from './adapters/read-rest.js';
import { readInputs } from './inputs/script-files.js';
import type { VerificationReport } from './report.js';
import { verify } from './verify.js';

export interface VerifyRunOptions {
  readonly driver: MessagingDriver;
  /** REST base URL of each service, by name. */
  readonly urls: Readonly<Record<string, string>>;
  /** Base URL of each service's management port, by name. */
  readonly managementUrls: Readonly<Record<string, string>>;
  readonly tokens: { readonly operator: string };
  /** The folder that the run was made from. */
  readonly dataDir: string;
}

/** Verifies a finished run: reads the input files, every public topic and the services' answers, and holds them against each other. */
export async function verifyRun(options: VerifyRunOptions): Promise<VerificationReport> {
  const inputs = readInputs(options.dataDir);
  const messages = await readMessages(options.driver);
  const late = inputs.faults.flatMap((fault) => (fault.fault === 'refused' ? [fault.portfolio.portfolioId] : []));
  const rest = await readRest({
    urls: options.urls,
    managementUrls: options.managementUrls,
    token: options.tokens.operator,
    portfolioIds: [...inputs.world.portfolios.map(({ portfolio }) => portfolio.portfolioId), ...late],
  });
  return verify(inputs, messages, rest);
}
