import { pick, seededRandom } from './random.js';

/** What is done to a running system. Times are wall time. */
export type Disturbance =
  | { readonly kind: 'killService'; readonly service: string }
  | { readonly kind: 'killDatabase' }
  | { readonly kind: 'killBroker' }
  | { readonly kind: 'cutConnections'; readonly service: string; readonly to: 'database' | 'broker' }
  | {
      readonly kind: 'holdConnections';
      readonly service: string;
      readonly to: 'database' | 'broker';
      readonly ms: number;
    }
  | {
      readonly kind: 'slowConnections';
      readonly service: string;
      readonly to: 'database' | 'broker';
      readonly ms: number;
    };

export type DisturbanceKind = Disturbance['kind'];

/** A disturbance, and the quiet before it. */
export interface PlannedDisturbance {
  readonly afterMs: number;
  readonly disturbance: Disturbance;
}

export interface PlanOptions {
  readonly seed: number;
  readonly services: readonly string[];
  /** Whether the broker is a process of its own; the log in PostgreSQL dies with the database. */
  readonly ownBroker: boolean;
  /** Mean quiet between two disturbances. */
  readonly meanPauseMs: number;
}

/** Mostly single processes die: that is what happens, and what finds most. */
const weights: readonly (readonly [DisturbanceKind, number])[] = [
  ['killService', 12],
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
  const anyEnd = (): 'database' | 'broker' => (random() < 0.5 ? 'database' : 'broker');
  for (;;) {
    // Exponential, within bounds: several at once happen, and so do long stretches of work.
    const afterMs = Math.round(Math.min(4 * meanPauseMs, -Math.log(1 - random()) * meanPauseMs));
    const kind = pick(random, possible);
    switch (kind) {
      case 'killService':
        yield { afterMs, disturbance: { kind, service: anyService() } };
        break;
      case 'cutConnections':
        yield { afterMs, disturbance: { kind, service: anyService(), to: anyEnd() } };
        break;
      case 'holdConnections':
        yield {
          afterMs,
          disturbance: { kind, service: anyService(), to: anyEnd(), ms: Math.round(random() * LONGEST_HOLD_MS) },
        };
        break;
      case 'slowConnections':
        yield { afterMs, disturbance: { kind, service: anyService(), to: anyEnd(), ms: SLOWED_MS } };
        break;
      case 'killDatabase':
      case 'killBroker':
        yield { afterMs, disturbance: { kind } };
        break;
    }
  }
}
