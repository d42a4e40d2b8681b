import type { ClockReached } from '@risk-budget/contracts';

/** Which services read a topic, by the topic's name. */
export type Readers = ReadonlyMap<string, readonly string[]>;

/** A publisher outside the services, and how many messages it has published to each topic, each counted once. */
export interface UpstreamSource {
  readonly source: string;
  published(): Readonly<Record<string, number>>;
}

/**
 * Decides when everything published has been applied by everybody who reads it. Every service tells, in `platform.clock-reached`, how many
 * events it has published to each topic and how many it has settled from each topic and source. Once each has answered the newest clock and
 * every pair of numbers agrees, no event is under way anywhere, and none can start by itself before the clock is advanced again: the
 * numbers of one pair come from one publisher and one reader, so that equality means an empty channel at a consistent cut.
 */
export class Settlement {
  private readonly latest = new Map<string, ClockReached>();

  /**
   * @param services every service that answers the clock
   * @param upstream who publishes beside the services
   */
  constructor(
    readonly services: readonly string[],
    private readonly readers: Readers,
    private readonly upstream: readonly UpstreamSource[],
  ) {}

  /** An answer of a service. Answers of one service come in order. */
  record(answer: ClockReached): void {
    this.latest.set(answer.service, answer);
  }

  /** Whether nothing is still to come before the clock may advance. */
  isSettled(clockSequence: number): boolean {
    return this.waiting(clockSequence).next().done === true;
  }

  /** What is still to come before the clock may advance, in sentences; empty when all is settled. */
  outstanding(clockSequence: number): string[] {
    return [...this.waiting(clockSequence)];
  }

  private *waiting(clockSequence: number): Generator<string> {
    for (const service of this.services) {
      const reached = this.latest.get(service)?.clockSequence ?? 0;
      if (reached < clockSequence) yield `${service} has reached clock ${reached} of ${clockSequence}`;
    }
    const published = this.published();
    for (const [topic, names] of this.readers) {
      for (const [source, counts] of published) {
        const count = counts[topic];
        if (count === undefined) continue;
        for (const name of names) {
          const settled = this.latest.get(name)?.settled[topic]?.[source] ?? 0;
          if (settled !== count) yield `${name} has settled ${settled} of ${count} from ${source} on ${topic}`;
        }
      }
    }
  }

  /** Events settled so far by a reader of a topic, from all sources. */
  settledBy(service: string, topic: string): number {
    return Object.values(this.latest.get(service)?.settled[topic] ?? {}).reduce((sum, count) => sum + count, 0);
  }

  /** Events published so far to a topic, from all sources. */
  publishedCount(topic: string): number {
    return this.published().reduce((sum, [, counts]) => sum + (counts[topic] ?? 0), 0);
  }

  /** By source: messages published so far to each topic. */
  private published(): (readonly [source: string, counts: Readonly<Record<string, number>>])[] {
    return [
      ...this.upstream.map(({ source, published }) => [source, published()] as const),
      ...this.services.map(
        (service) => [`/risk-budget/${service}`, this.latest.get(service)?.published ?? {}] as const,
      ),
    ];
  }
}
