import type { ClockReached } from '@risk-budget/contracts';

/** Which services read a topic, by the topic's name. */
export type Readers = ReadonlyMap<string, readonly string[]>;

/** A publisher outside the services, and how many messages it has published to each topic, each counted once. */
export interface UpstreamSource {
  readonly source: string;
  published(): Readonly<Record<string, number>>;
}

/** What is known of a service. */
interface Standing {
  /** The newest clock that each instance has answered. */
  readonly reached: Map<string, number>;
  readonly published: Record<string, number>;
  readonly settled: Record<string, Record<string, number>>;
}

/**
 * Decides when everything published has been applied by everybody who reads it. Every service tells, in `platform.clock-reached`, how many
 * events it has published to each topic and how many it has settled from each topic and source. Once each has answered the newest clock and
 * every pair of numbers agrees, no event is under way anywhere, and none can start by itself before the clock is advanced again: the
 * numbers of one pair come from one publisher and one reader, so that equality means an empty channel at a consistent cut.
 */
export class Settlement {
  private readonly standings = new Map<string, Standing>();

  /**
   * @param services every service that answers the clock, and how many instances of it do
   * @param upstream who publishes beside the services
   */
  constructor(
    private readonly services: ReadonlyMap<string, number>,
    private readonly readers: Readers,
    private readonly upstream: readonly UpstreamSource[],
  ) {}

  /** An answer of an instance. Those of several come in any order: numbers only grow, so that the highest are the newest. */
  record({ service, instance, clockSequence, published, settled }: ClockReached): void {
    const standing: Standing = this.standings.get(service) ?? { reached: new Map(), published: {}, settled: {} };
    this.standings.set(service, standing);
    standing.reached.set(instance, Math.max(clockSequence, standing.reached.get(instance) ?? 0));
    raise(standing.published, published);
    for (const [topic, counts] of Object.entries(settled)) raise((standing.settled[topic] ??= {}), counts);
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
    for (const [service, instances] of this.services) {
      // One that was killed and its successor are two: as many as there are must have come so far, whoever they are.
      const reached = [...(this.standings.get(service)?.reached.values() ?? [])].sort((a, b) => b - a);
      const last = reached[instances - 1] ?? 0;
      if (last < clockSequence) yield `${service} has reached clock ${last} of ${clockSequence}`;
    }
    const published = this.published();
    for (const [topic, names] of this.readers) {
      for (const [source, counts] of published) {
        const count = counts[topic];
        if (count === undefined) continue;
        for (const name of names) {
          const settled = this.standings.get(name)?.settled[topic]?.[source] ?? 0;
          if (settled !== count) yield `${name} has settled ${settled} of ${count} from ${source} on ${topic}`;
        }
      }
    }
  }

  /** Events settled so far by a reader of a topic, from all sources. */
  settledBy(service: string, topic: string): number {
    return Object.values(this.standings.get(service)?.settled[topic] ?? {}).reduce((sum, count) => sum + count, 0);
  }

  /** Events published so far to a topic, from all sources. */
  publishedCount(topic: string): number {
    return this.published().reduce((sum, [, counts]) => sum + (counts[topic] ?? 0), 0);
  }

  /** By source: messages published so far to each topic. */
  private published(): (readonly [source: string, counts: Readonly<Record<string, number>>])[] {
    return [
      ...this.upstream.map(({ source, published }) => [source, published()] as const),
      ...[...this.services.keys()].map(
        (service) => [`/risk-budget/${service}`, this.standings.get(service)?.published ?? {}] as const,
      ),
    ];
  }
}

/** Takes the higher of two numbers of the same thing. */
function raise(known: Record<string, number>, told: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(told)) known[name] = Math.max(count, known[name] ?? 0);
}
