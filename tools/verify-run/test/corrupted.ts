import type { Envelope } from '@risk-budget/contracts';
import type { LoggedMessage } from '../src/events/run-events.js';
import type { RestFindings } from '../src/inputs/rest-findings.js';
import { verify, type VerifiedPart } from '../src/verify.js';
import { syntheticRun } from './synthetic/run.js';

/** A run that is right. */
export const run = syntheticRun();

/** The run with the message at a place changed. @param type only messages of this type count */
export function corrupted(
  topic: string,
  nth: number,
  change: (envelope: Envelope & { data: Record<string, unknown> }) => void,
  type?: string,
): LoggedMessage[] {
  let seen = 0;
  return run.messages.map((message) => {
    if (message.topic !== topic) return message;
    const envelope = JSON.parse(message.payload) as Envelope & { data: Record<string, unknown> };
    if ((type !== undefined && envelope.type !== type) || seen++ !== nth) return message;
    change(envelope);
    return { ...message, payload: JSON.stringify(envelope) };
  });
}

/** Names of the checks that fail. @param parts what is looked at; everything unless said */
export function failedChecks(
  messages: readonly LoggedMessage[],
  rest: RestFindings = run.rest,
  parts?: readonly VerifiedPart[],
): string[] {
  const report = verify(run.inputs, messages, rest, parts);
  return report.checks.filter((check) => check.failed > 0).map((check) => check.name);
}
