import { topicPath, topics, type Envelope } from '@risk-budget/contracts';
import { CheckRecorder, type Check } from '../report.js';
import { faultsOf } from '../inputs/script-files.js';
import type { RunContext } from './context.js';

/** Answers to the clock are not flushed: a database that is killed may forget some, and they are asked for again. */
const fleeting: ReadonlySet<string> = new Set([topicPath(topics.clockReached)]);

/** Every message fits its schema, and those of one topic, source and key are numbered from 1 without gaps, each number once. */
export function checkSequences({ events, inputs }: RunContext): Check[] {
  const readable = new CheckRecorder('messages fit their envelope and schema');
  const gaps = new CheckRecorder('sequences without gaps per topic and key');
  const order = new CheckRecorder('messages in order per topic and key, except those planted');
  const late = new Set(
    faultsOf(inputs.faults, 'outOfOrder').map((fault) => `upstream/position-changes ${fault.portfolioId}`),
  );
  for (const { topic, problem } of events.unreadable) readable.expect(false, () => `${topic}: ${problem}`);
  for (const [topic, envelopes] of events.envelopes) {
    for (const [key, messages] of bySeries(envelopes)) {
      for (const _ of messages) readable.expect(true, () => topic);
      if (fleeting.has(topic)) continue;
      const distinct = [...new Map(messages.map((message) => [message.id, message])).values()];
      const numbers = distinct.map((message) => message.sequence).sort((a, b) => a - b);
      numbers.forEach((number, index) => {
        gaps.expect(number === index + 1, () => `${topic} ${key}: ${number} stands where ${index + 1} should`);
      });
      const inOrder = distinct.every((message, index) => message.sequence === index + 1);
      order.expect(
        inOrder || late.has(`${topic} ${messages[0]?.subject ?? ''}`),
        () => `${topic} ${key}: not in order`,
      );
    }
  }
  return [readable.result(), gaps.result(), order.result()];
}

function bySeries(envelopes: readonly Envelope[]): Map<string, Envelope[]> {
  const series = new Map<string, Envelope[]>();
  for (const envelope of envelopes) {
    const key = `${envelope.source} ${envelope.subject}`;
    const messages = series.get(key) ?? [];
    series.set(key, messages);
    messages.push(envelope);
  }
  return series;
}
