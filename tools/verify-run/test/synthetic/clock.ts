import { breachChanged, clockReached, snapshotTaken } from '@risk-budget/contracts';
import type { Recorder } from './recorder.js';

/** Two services say what they have published and settled. */
export function answerClock(recorder: Recorder, time: string): void {
  const events = recorder.events();
  const published = Object.fromEntries(
    [snapshotTaken, breachChanged].map((definition) => [definition.topic.name, events.of<unknown>(definition).length]),
  );
  const answer = (service: string, own: Record<string, number>, settled: Record<string, Record<string, number>>) =>
    recorder.publish(clockReached, `/risk-budget/${service}`, time, {
      service,
      instance: 'one',
      clockSequence: 1,
      clockTime: time,
      published: own,
      settled,
    });
  const snapshots = published[snapshotTaken.topic.name] ?? 0;
  answer('utilization', { [snapshotTaken.topic.name]: snapshots }, {});
  answer(
    'limits',
    { [breachChanged.topic.name]: published[breachChanged.topic.name] ?? 0 },
    { [snapshotTaken.topic.name]: { '/risk-budget/utilization': snapshots } },
  );
}
