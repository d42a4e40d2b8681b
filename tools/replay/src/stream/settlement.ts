import type { ClockReached } from '@risk-budget/contracts';

/** Which services read a topic, by the topic's name. */
export type Readers = ReadonlyMap<string, readonly string[]>;

/**
 * Decides when everything published has been applied by everybody who reads it. Every service tells, in `platform.clock-reached`, how many
 * events it has published to each topic and how many it has settled from each topic and source. Once each has answered the newest clock and
 * every pair of numbers agrees, no event is under way anywhere, and none can start by itself before the clock is advanced again: the
 * numbers of one pair come from one publisher and one reader, so that equality means an empty channel at a consistent cut.
 */
export class Settlement {
  private readonly latest = new Map<string, ClockReached>();
  private readonly sent = new Map<string, Map<string, number>>();

  /** @param services every service that answers the clock */
  constructor(
    private readonly services: readonly string[],
    private readonly readers: Readers,
  ) {}

  /** An answer of a service. Answers of one service come in order. */
  record(answer: ClockReached): void {
    this.latest.set(answer.service, answer);
  }

  /** Events that the replay itself has published, distinct ones only. */
  countSent(topic: string, source: string, events = 1): void {
    const bySource = this.sent.get(topic) ?? new Map<string, number>();
    this.sent.set(topic, bySource);
    bySource.set(source, (bySource.get(source) ?? 0) + events);
  }

  /** What is still to come before the clock may advance, in sentences; empty when all is settled. */
  outstanding(clockSequence: number): string[] {
    const waiting: string[] = [];
    for (const service of this.services) {
      const reached = this.latest.get(service)?.clockSequence ?? 0;
      if (reached < clockSequence) waiting.push(`${service} has reached clock ${reached} of ${clockSequence}`);
    }
    for (const [topic, names] of this.readers) {
      for (const [source, published] of this.publishedTo(topic)) {
        for (const name of names) {
          const settled = this.latest.get(name)?.settled[topic]?.[source] ?? 0;
          if (settled !== published)
            waiting.push(`${name} has settled ${settled} of ${published} from ${source} on ${topic}`);
        }
      }
    }
    return waiting;
  }

  /** Events settled so far by a reader of a topic, from all sources. */
  settledBy(service: string, topic: string): number {
    return Object.values(this.latest.get(service)?.settled[topic] ?? {}).reduce((sum, count) => sum + count, 0);
  }

  /** Events published so far to a topic, from all sources. */
  publishedCount(topic: string): number {
    return this.publishedTo(topic).reduce((sum, [, count]) => sum + count, 0);
  }

  private publishedTo(topic: string): [source: string, count: number][] {
    const counts: [string, number][] = [...(this.sent.get(topic) ?? [])];
    for (const service of this.services) {
      const published = this.latest.get(service)?.published[topic];
      if (published !== undefined) counts.push([`/risk-budget/${service}`, published]);
    }
    return counts;
  }
}
