import type { Check, LoggedMessage, RunRecording, VerifiedPart } from '@risk-budget/verify-run';

/** What is held against prices as they were known at its own time. */
export const datedParts: readonly VerifiedPart[] = [
  'models',
  'forecasts',
  'scores',
  'predictions',
  'combinations',
  'correlations',
  'regimes',
  'backtests',
  'snapshots',
  'stress',
  'budgets',
  'adjustments',
  'rebalancings',
  'breaches',
  'preTrades',
  'explanations',
  'effects',
];

/** What it says of a run as a whole is of all its days, and not held against those of a part. */
export function isDated({ name }: Check): boolean {
  return name !== 'value at risk: exceptions, Kupiec’s test and Basel’s zone';
}

interface Envelope {
  readonly time: string;
  readonly data: {
    readonly bars?: { time: string; close: string }[];
    readonly kind?: string;
    readonly forecasts?: readonly { readonly forecastId: string }[];
  };
}

/** A price as no day of the sample has it: others by each day, so that returns differ too. */
function elsewhere(close: string, day: string): string {
  return String(Number(close) * (1.3 + 0.2 * Math.sin(Date.parse(day) / 86_400_000)));
}

/**
 * The run up to the end of a day, with every price after another day changed, in the files and on the topic. What the services published
 * until then stands as it was: where a verification still finds each of its numbers again, none rests on a later price.
 */
export function withAnotherFuture(
  { inputs, messages, rest }: RunRecording,
  { until, changedAfter }: { readonly until: string; readonly changedAfter: string },
): RunRecording {
  const closes = new Map(
    [...inputs.closes].map(([day, own]) => [
      day,
      day <= changedAfter ? own : new Map([...own].map(([id, close]) => [id, elsewhere(close, day)])),
    ]),
  );
  return {
    inputs: { ...inputs, closes, world: { ...inputs.world, lastDay: until } },
    messages: messages.flatMap((message): LoggedMessage[] => {
      const envelope = JSON.parse(message.payload) as Envelope;
      if (!message.topic.startsWith('upstream/')) return envelope.time.slice(0, 10) <= until ? [message] : [];
      const later = (envelope.data.bars ?? []).filter((bar) => bar.time.slice(0, 10) > changedAfter);
      for (const bar of later) bar.close = elsewhere(bar.close, bar.time.slice(0, 10));
      return [later.length === 0 ? message : { ...message, payload: JSON.stringify(envelope) }];
    }),
    rest: { ...rest, backtests: rest.backtests.map((found) => upTo(found, until, messages)) },
  };
}

/** Value at risk as it was told by the end of a day: of the closes until then, with the losses that had been seen. */
function upTo(
  { days, ...found }: RunRecording['rest']['backtests'][number],
  until: string,
  messages: readonly LoggedMessage[],
): RunRecording['rest']['backtests'][number] {
  const made = new Set(
    messages
      .flatMap(({ topic, payload }) => {
        if (topic !== 'events/forecasting.forecasts') return [];
        const { time, data } = JSON.parse(payload) as Envelope;
        return data.kind === 'portfolio' && time.slice(0, 10) <= until ? (data.forecasts ?? []) : [];
      })
      .map(({ forecastId }) => forecastId),
  );
  return {
    ...found,
    days: days
      .filter(({ forecastId }) => made.has(forecastId))
      .map((day) => (day.date !== null && day.date > until ? { ...day, date: null, loss: null } : day)),
  };
}
