import { pick, seededRandom } from './random.js';

/** What is done to a running system. Times are wall time, instances of a service are counted from 1. */
export type Disturbance =
  | { readonly kind: 'killService'; readonly service: string; readonly instance: number }
  /** Killed when it has committed what it is about to publish, or to acknowledge: the instance that is the first to do so. */
  | { readonly kind: 'killUnpublished'; readonly service: string }
  | { readonly kind: 'killUnacknowledged'; readonly service: string }
  | { readonly kind: 'killDatabase' }
  | { readonly kind: 'killBroker' }
  | {
      readonly kind: 'cutConnections';
      readonly service: string;
      readonly instance: number;
      readonly to: 'database' | 'broker';
    }
  | {
      readonly kind: 'holdConnections';
      readonly service: string;
      readonly instance: number;
      readonly to: 'database' | 'broker';
      readonly ms: number;
    }
  | {
      readonly kind: 'slowConnections';
      readonly service: string;
      readonly instance: number;
      readonly to: 'database' | 'broker';
      readonly ms: number;
    };

export type DisturbanceKind = Disturbance['kind'];

/** A disturbance, and the quiet before it. */
export interface PlannedDisturbance {
  readonly afterMs: number;
  /** The quiet begins when so much of what is played is over, from 0 to 1; at once unless said. */
  readonly from?: number;
  readonly disturbance: Disturbance;
}

export interface PlanOptions {
  readonly seed: number;
  readonly services: readonly string[];
  /** Of every service, side by side; default one. */
  readonly instances?: number;
  /** Whether the broker is a process of its own; the log in PostgreSQL dies with the database. */
  readonly ownBroker: boolean;
  /** Mean quiet between two disturbances. */
  readonly meanPauseMs: number;
}

/** Mostly single processes die: that is what happens, and what finds most. */
const weights: readonly (readonly [DisturbanceKind, number])[] = [
  ['killService', 9],
  ['killUnpublished', 2],
  ['killUnacknowledged', 2],
  ['cutConnections', 4],
  ['holdConnections', 2],
  ['slowConnections', 1],
  ['killDatabase', 2],
  ['killBroker', 2],
];

const LONGEST_HOLD_MS = 6_000;
const SLOWED_MS = 4_000;

/** Disturbances without end, the same for the same seed. */
export function* disturbances({
  seed,
  services,
  instances = 1,
  ownBroker,
  meanPauseMs,
}: PlanOptions): Generator<PlannedDisturbance, never> {
  const random = seededRandom(seed);
  const possible = weights.filter(([kind]) => ownBroker || kind !== 'killBroker');
  const anyService = (): string =>
    pick(
      random,
      services.map((service) => [service, 1] as const),
    );
  const anyInstance = instanceBy(random, instances);
  const anyEnd = (): 'database' | 'broker' => (random() < 0.5 ? 'database' : 'broker');
  for (;;) {
    // Exponential, within bounds: several at once happen, and so do long stretches of work.
    const afterMs = Math.round(Math.min(4 * meanPauseMs, -Math.log(1 - random()) * meanPauseMs));
    const kind = pick(random, possible);
    switch (kind) {
      case 'killService':
        yield { afterMs, disturbance: { kind, service: anyService(), instance: anyInstance() } };
        break;
      case 'killUnpublished':
      case 'killUnacknowledged':
        yield { afterMs, disturbance: { kind, service: anyService() } };
        break;
      case 'cutConnections':
        yield { afterMs, disturbance: { kind, service: anyService(), instance: anyInstance(), to: anyEnd() } };
        break;
      case 'holdConnections':
        yield {
          afterMs,
          disturbance: {
            kind,
            service: anyService(),
            instance: anyInstance(),
            to: anyEnd(),
            ms: Math.round(random() * LONGEST_HOLD_MS),
          },
        };
        break;
      case 'slowConnections':
        yield {
          afterMs,
          disturbance: { kind, service: anyService(), instance: anyInstance(), to: anyEnd(), ms: SLOWED_MS },
        };
        break;
      case 'killDatabase':
      case 'killBroker':
        yield { afterMs, disturbance: { kind } };
        break;
    }
  }
}

/** Draws an instance; where there is but one nothing is drawn, so that plans of one instance stay as they were. */
function instanceBy(random: () => number, instances: number): () => number {
  return () => (instances === 1 ? 1 : 1 + Math.floor(random() * instances));
}

export interface DrillOptions {
  readonly seed: number;
  readonly services: readonly string[];
  /** Of every service, side by side; default one. */
  readonly instances?: number;
}

/**
 * A short plan that leaves nothing out: every service is killed once, two of them before they publish and two before they acknowledge, the
 * database once; connections are cut, held up and slowed. In the order of the seed, spread evenly over the first four fifths of what is played.
 */
export function drill({ seed, services, instances = 1 }: DrillOptions): PlannedDisturbance[] {
  const random = seededRandom(seed);
  const anyInstance = instanceBy(random, instances);
  const shuffled = <Item>(items: readonly Item[]): Item[] =>
    items
      .map((item) => [random(), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  const killed = shuffled(services).map((service, index): Disturbance => {
    if (index < 2) return { kind: 'killUnpublished', service };
    return index < 4
      ? { kind: 'killUnacknowledged', service }
      : { kind: 'killService', service, instance: anyInstance() };
  });
  const [cut = '', held = '', slowed = ''] = shuffled(services);
  const plan = shuffled<Disturbance>([
    ...killed,
    { kind: 'killDatabase' },
    { kind: 'cutConnections', service: cut, instance: anyInstance(), to: 'database' },
    { kind: 'cutConnections', service: held, instance: anyInstance(), to: 'broker' },
    {
      kind: 'holdConnections',
      service: held,
      instance: anyInstance(),
      to: 'database',
      ms: Math.round(1_000 + random() * 1_000),
    },
    {
      kind: 'holdConnections',
      service: slowed,
      instance: anyInstance(),
      to: 'broker',
      ms: Math.round(1_000 + random() * 1_000),
    },
    { kind: 'slowConnections', service: slowed, instance: anyInstance(), to: 'database', ms: 1_500 },
  ]);
  return plan.map((disturbance, index) => ({
    afterMs: Math.round(random() * 150),
    from: (0.8 * index) / plan.length,
    disturbance,
  }));
}
