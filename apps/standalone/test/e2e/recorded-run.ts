import { join } from 'node:path';
import { createDriver } from '@risk-budget/messaging';
import { recordRun, verify, type LoggedMessage, type RunRecording } from '@risk-budget/verify-run';

const dataDir = join(import.meta.dirname, '..', '..', '..', '..', 'tools', 'replay', 'data');

/** Reads a run that has just ended from outside, as the verification does. */
export async function recordingOf(access: Readonly<Record<string, string>>): Promise<RunRecording> {
  const urlsOf = (suffix: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(access).flatMap(([name, url]) => {
        const service = new RegExp(`^(.+)_MANAGEMENT_URL$`).exec(name)?.[1];
        if (service === undefined) return [];
        return [[service.toLowerCase(), suffix === 'URL' ? (access[`${service}_URL`] ?? '') : url]];
      }),
    );
  const driver = createDriver(access['MESSAGING_URL'] ?? '');
  try {
    return await recordRun({
      driver,
      urls: urlsOf('URL'),
      managementUrls: urlsOf('MANAGEMENT_URL'),
      tokens: { operator: access['TOKEN_OPERATOR'] ?? '' },
      dataDir,
    });
  } finally {
    await driver.close();
  }
}

/** One thing of a run that is made wrong, and the check that must see it. */
export interface Corruption {
  readonly what: string;
  readonly topic: string;
  /** Changes the data of the message; false when it is not the one to change. */
  readonly change: (data: Record<string, unknown>) => boolean;
  readonly seenBy: string;
}

const offByAMillionth = (of: Record<string, unknown>, field: string): void => {
  of[field] = (of[field] as number) * (1 + 1e-6);
};

export const corruptions: readonly Corruption[] = [
  {
    what: 'the volatility of one snapshot is off by a millionth',
    topic: 'events/utilization.snapshots',
    change: (data) => {
      if (!String(data['asOf']).startsWith('2020-03-16')) return false;
      offByAMillionth(data['metrics'] as Record<string, unknown>, 'volatilityAnnual');
      return true;
    },
    seenBy: 'snapshots: volatility, VaR, ES, historical VaR and ES, tracking error, concentration',
  },
  {
    what: 'the value of one breach is off by a millionth',
    topic: 'events/limits.breaches',
    change: (data) => {
      if (data['transition'] !== 'opened') return false;
      offByAMillionth(data, 'value');
      return true;
    },
    seenBy: 'breaches opened and resolved: none missing, none invented',
  },
  {
    what: 'one event upstream says another price than the files',
    topic: 'upstream/market-data.bars',
    change: (data) => {
      const [bar] = data['bars'] as { close: string }[];
      if (bar === undefined) return false;
      bar.close = String(Number(bar.close) + 0.01);
      return true;
    },
    seenBy: 'bars on the topic are those of the input files with what is planted',
  },
  {
    what: 'a plan claims to be more accurate than it is',
    topic: 'events/allocation.budgets',
    change: (data) => {
      const [tree] = data['trees'] as { accuracy?: number }[];
      if (data['change'] !== 'activated' || tree === undefined) return false;
      tree.accuracy = 1.0001;
      return true;
    },
    seenBy: 'plans: budgeting accuracy as stated, and at least 0.9999',
  },
];

/** Names of the checks that fail when one message of the run is changed. */
export function failedAfter({ inputs, messages, rest }: RunRecording, corruption: Corruption): string[] {
  let done = false;
  const corrupted = messages.map((message): LoggedMessage => {
    if (done || message.topic !== corruption.topic) return message;
    const envelope = JSON.parse(message.payload) as { data: Record<string, unknown> };
    done = corruption.change(envelope.data);
    return done ? { ...message, payload: JSON.stringify(envelope) } : message;
  });
  if (!done) throw new Error(`nothing on ${corruption.topic} could be changed`);
  return verify(inputs, corrupted, rest)
    .checks.filter((check) => check.failed > 0)
    .map((check) => check.name);
}
