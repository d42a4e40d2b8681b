import pg from 'pg';
import { createPersistence, type Migration, type Persistence } from '@risk-budget/persistence';
import { createTestDatabase, type TestDatabase } from '@risk-budget/persistence/testing';
import {
  createUpstreamPublisher,
  Messaging,
  messagingMigrations,
  type MessagingDriver,
  type MessagingOptions,
  type NumberedPublisher,
} from '@risk-budget/messaging';
import { definitions } from './events.js';

/** A log of its own, and drivers on it. */
export interface DriverLab {
  /** Another driver on the same log, as another process would have; with other secrets where it is to be refused. */
  connect(secrets?: { token: string }): MessagingDriver;
  /** Its URL, for a child process. */
  url: string;
  /** A driver over a connection of its own that can be lost. */
  connectOnBadLine(): Promise<BadLine>;
  /** The log goes away as in a crash. */
  takeAway(): Promise<void>;
  /** It comes back; resolves when it is there. */
  bringBack(): Promise<void>;
  /** After how long the log closes a silent connection. */
  idleMs?: number;
  /** Secrets that go with the URL. */
  secrets?: { token: string; caFile?: string };
  /** For tests of one driver only: its administrator's access. */
  adminUrl?: string;
  /** Empties the log, when nobody is connected. */
  reset(): Promise<void>;
  close(): Promise<void>;
}
/** A driver whose connections can be lost at will. */
export interface BadLine {
  driver: MessagingDriver;
  cut(): void;
  close(): Promise<void>;
}

export type MakeDriver = () => Promise<DriverLab>;

const effects: Migration = {
  name: 'test-0001-effects',
  up: 'CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text, n integer, instance text, replay boolean)',
};

/** Two services on one log, with their own schemas: `first` writes, `second` reads, each in as many instances as wanted. */
export class Harness {
  private readonly closers: (() => Promise<void>)[] = [];

  private constructor(
    readonly lab: DriverLab,
    readonly database: TestDatabase,
  ) {}

  /** Made once for many tests; {@link clear} between them. */
  static async start(makeDriver: MakeDriver): Promise<Harness> {
    const migrations = [...messagingMigrations, effects];
    const [lab, database] = await Promise.all([
      makeDriver(),
      createTestDatabase({ migrations: { first: migrations, second: migrations } }),
    ]);
    return new Harness(lab, database);
  }

  /** Stops what a test started and empties everything. */
  async clear(): Promise<void> {
    for (const close of this.closers.splice(0).reverse()) await close();
    await this.lab.reset();
    for (const service of ['first', 'second']) await this.lose(service);
  }

  /** Empties a service's schema, as a new database would be; the log stays. */
  async lose(service: string): Promise<void> {
    const tables =
      'outbox_head, outbox_state, outbox, inbox, inbox_progress, inbox_part, parked_message, dead_letter, effect';
    await statement(
      this.database.service(service).ownerUrl,
      `TRUNCATE ${tables} RESTART IDENTITY; UPDATE messaging_joining SET joined_at = NULL, caught_up_at = NULL;
       UPDATE relay_lease SET owner = NULL, lease_until = '-infinity'`,
    );
  }

  /** A driver that is closed with the harness. */
  driver(): MessagingDriver {
    const driver = this.lab.connect();
    this.closers.push(() => driver.close());
    return driver;
  }

  /** A driver on a line that can be cut; both go with the harness. */
  async driverOnBadLine(): Promise<BadLine> {
    const line = await this.lab.connectOnBadLine();
    this.closers.push(async () => {
      await line.driver.close();
      await line.close();
    });
    return line;
  }

  async persistence(service: string): Promise<Persistence> {
    const url = this.database.service(service).appUrl;
    const persistence = await createPersistence({ url, schema: service, timescale: 'off', poolSize: 6 });
    this.closers.push(() => persistence.close());
    return persistence;
  }

  /** One instance of a service, not started. */
  async instance(
    service: string,
    options: Partial<MessagingOptions> = {},
  ): Promise<{ messaging: Messaging; persistence: Persistence; driver: MessagingDriver }> {
    const persistence = options.persistence ?? (await this.persistence(service));
    const driver = options.driver ?? this.driver();
    const messaging = new Messaging({ service, definitions, ...options, persistence, driver });
    this.closers.push(() => messaging.stop());
    return { messaging, persistence, driver };
  }

  publisher(): NumberedPublisher {
    return createUpstreamPublisher({ driver: this.driver(), source: 'tester' });
  }

  async stop(): Promise<void> {
    await this.lab.close();
    await this.database.drop();
  }
}

/** One harness for the tests of a block. */
export function useHarness(makeDriver: MakeDriver): () => Harness {
  let harness: Harness | undefined;
  beforeAll(async () => {
    harness = await Harness.start(makeDriver);
  }, 600_000); // a broker of its own may have to start on a busy machine
  afterEach(() => harness?.clear());
  afterAll(() => harness?.stop());
  return () => {
    if (harness === undefined) throw new Error('the harness did not start');
    return harness;
  };
}

/** Statements as somebody else: the owner of a schema, the server's administrator. */
export async function statement(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Waits until a question is answered with yes. */
export async function until(question: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  const end = Date.now() + seconds * 1_000;
  while (!(await question())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${question.toString().slice(0, 200)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const occurredAt = '2020-03-09T21:00:00.000Z';

/** Effects that handlers left, in the order of their commits within a key. */
export async function effectsOf(
  persistence: Persistence,
): Promise<{ key: string; n: number; instance: string | null; replay: boolean }[]> {
  return persistence.query('SELECT key, n, instance, coalesce(replay, false) AS replay FROM effect ORDER BY id');
}

/** Numbers by key, in order. */
export function byKey(effects: readonly { key: string; n: number }[]): Record<string, number[]> {
  const keys: Record<string, number[]> = {};
  for (const { key, n } of effects) (keys[key] ??= []).push(n);
  return keys;
}

export { record } from './harness-handlers.js';
