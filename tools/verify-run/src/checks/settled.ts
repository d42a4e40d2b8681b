import { clockReached, topicPath, topics, type ClockReached, type Envelope } from '@risk-budget/contracts';
import { CheckRecorder, type Check } from '../report.js';
import type { RunContext } from './context.js';

/** What services say they have published and settled, against what stands on the topics: nothing lost, nothing counted twice. */
export function checkSettled({ events }: RunContext): Check[] {
  const check = new CheckRecorder('everything published is on its topic, and settled by everybody who reads it');
  const last = new Map<string, ClockReached>();
  for (const { data } of events.of(clockReached)) last.set(data.service, data);
  check.expect(last.size > 0, () => 'no service has answered the clock');
  const paths = new Map<string, string>(Object.values(topics).map((topic) => [topic.name, topicPath(topic)]));
  for (const [service, { published, settled }] of last) {
    for (const [topic, count] of Object.entries(published)) {
      const found = countBySource(events.envelopes.get(paths.get(topic) ?? '')).get(`/risk-budget/${service}`) ?? 0;
      check.expect(found === count, () => `${service} has published ${count} on ${topic}, ${found} stand there`);
    }
    for (const [topic, bySource] of Object.entries(settled)) {
      for (const [source, found] of countBySource(events.envelopes.get(paths.get(topic) ?? ''))) {
        if (topic === topics.clock.name) continue;
        const count = bySource[source] ?? 0;
        check.expect(found === count, () => `${service} has settled ${count} of ${found} from ${source} on ${topic}`);
      }
    }
  }
  return [check.result()];
}

/** Distinct messages by source. */
function countBySource(envelopes: readonly Envelope[] | undefined): Map<string, number> {
  const ids = new Map<string, Set<string>>();
  for (const { source, id } of envelopes ?? []) {
    const own = ids.get(source) ?? new Set<string>();
    ids.set(source, own);
    own.add(id);
  }
  return new Map([...ids].map(([source, own]) => [source, own.size]));
}
