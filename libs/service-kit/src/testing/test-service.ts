import { clockAdvanced } from '@risk-budget/contracts';
import { ProgressCounter, provisionBus, type NumberedPublisher } from '@risk-budget/messaging';
import { Persistence } from '@risk-budget/persistence';
import { createTestDatabase, testTimescale, type TestDatabase } from '@risk-budget/persistence/testing';
import type { z } from 'zod';
import type { ConfigInput } from '../config/load-config.js';
import { newPrivateJwk, TokenIssuer, type TokenClaims } from '../identity/token-issuer.js';
import { createService } from '../service/create-service.js';
import type { ServiceDefinition } from '../service/define-service.js';
import { migrateService } from '../service/migrations-of.js';
import type { Service, ServiceDependencies } from '../service/service.types.js';
import { until } from './until.js';

export interface TestServiceOptions {
  /** Variables beside those of the database, the bus and the tokens. */
  readonly config?: ConfigInput;
  readonly dependencies?: ServiceDependencies;
  /** False leaves the schema empty. */
  readonly migrated?: boolean;
}

/** A service on a database of its own, with an embedded bus and an issuer of tokens. */
export interface TestServiceHandle {
  readonly database: TestDatabase;
  readonly issuer: TokenIssuer;
  readonly messagingUrl: string;
  /** The first instance. */
  readonly service: Service;
  /** What an instance is made of, for more of them. */
  readonly config: ConfigInput;
  /** Makes another instance on the same database; `stop` ends it too. */
  another(config?: ConfigInput): Promise<Service>;
  /** Waits until everything that was committed so far is published: an event is on its topic only some time after its transaction. */
  published(): Promise<void>;
  /** Waits until the instances have settled everything that these publishers have published, but for the clock, which is answered by itself. */
  settled(publishers: ReadonlyMap<string, NumberedPublisher>): Promise<void>;
  /** An `Authorization` header. */
  bearer(claims: TokenClaims): Promise<string>;
  /** Stops every instance and drops the database. */
  stop(): Promise<void>;
}

/** Starts a service as production would, on a fresh database. Answers are checked against their documented schemas. */
export async function startTestService<Own extends z.ZodObject>(
  definition: ServiceDefinition<Own>,
  options: TestServiceOptions = {},
): Promise<TestServiceHandle> {
  const database = await createTestDatabase({ services: [definition.name] });
  const services: Service[] = [];
  const stop = async (): Promise<void> => {
    await Promise.allSettled(services.map((service) => service.stop()));
    await database.drop();
  };
  try {
    const { messagingUrl } = await provisionBus(database.adminUrl, { ownerPassword: 'test', appPassword: 'test' });
    const { ownerUrl, appUrl } = database.service(definition.name);
    if (options.migrated !== false) await migrateService(definition, ownerUrl, { timescale: testTimescale() });
    const issuer = await TokenIssuer.of(await newPrivateJwk(), 'https://issuer.test', 'risk-budget');
    const config: ConfigInput = {
      DATABASE_URL: appUrl,
      MESSAGING_URL: messagingUrl,
      PORT: 0,
      MANAGEMENT_PORT: 0,
      TIMESCALE: testTimescale(),
      LOG_LEVEL: 'warn',
      ...issuer.config,
      ...options.config,
    };
    const another = async (more: ConfigInput = {}): Promise<Service> => {
      const service = await createService(
        definition,
        { ...config, ...more },
        { checkResponses: true, ...options.dependencies },
      );
      services.push(service);
      return service;
    };
    const service = await another();
    if (options.migrated !== false) await service.start();
    const latest = (): Service => services.at(-1) ?? service;
    const published = (): Promise<void> =>
      until(
        async () => (await latest().get<Persistence>(Persistence).query('SELECT 1 FROM outbox LIMIT 1')).length === 0,
      );
    const settled = (publishers: ReadonlyMap<string, NumberedPublisher>): Promise<void> => {
      const wanted = [...publishers].flatMap(([source, publisher]) =>
        Object.entries(publisher.published()).map(([topic, count]) => ({ topic, source, count })),
      );
      return until(async () => {
        const { settled: counts } = await latest().get<ProgressCounter>(ProgressCounter).read();
        return wanted.every(
          ({ topic, source, count }) => topic === clockAdvanced.topic.name || (counts[topic]?.[source] ?? 0) >= count,
        );
      });
    };
    const bearer = async (claims: TokenClaims): Promise<string> => `Bearer ${await issuer.mint(claims)}`;
    return { database, issuer, messagingUrl, service, config, another, published, settled, bearer, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
