import type { BrokerAccess } from '@risk-budget/messaging';
import type { Layout, ServiceName } from '../layout.js';

/** Who talks to the broker: each service as itself, and the systems around them. */
export type BusRole = ServiceName | 'upstream';

/** The broker of a deployment, made ready for its services. */
export interface Bus {
  /** The MESSAGING_URL. */
  readonly url: string;
  secretsOf(role: BusRole): Promise<BrokerAccess>;
  /** Kills a broker that is a process of its own, and starts it again; undefined where the log dies with the database. */
  readonly crash?: () => Promise<void>;
  stop(): Promise<void>;
}

export interface BusSetup {
  readonly layout: Layout;
  /** The deployment's database, as its administrator. */
  readonly databaseUrl: string;
  /** A password kept with the deployment's data. */
  secret(name: string): string;
  say(line: string): void;
}

export type StartBus = (setup: BusSetup) => Promise<Bus>;
