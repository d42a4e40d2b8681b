import { topics, type TopicDefinition } from '@risk-budget/contracts';
import { unknownScheme } from '../errors.js';
import { topicPolicies } from '../events/registry.js';
import type { MessagingDriver } from './driver.js';
import { EmbeddedDriver } from './embedded/embedded-driver.js';
import { PulsarAccess, type BrokerAccess } from './pulsar/access.js';
import { NativeTransport } from './pulsar/native/native-transport.js';
import { PulsarDriver } from './pulsar/pulsar-driver.js';
import { WebSocketTransport } from './pulsar/websocket/websocket-transport.js';

export interface DriverOptions extends BrokerAccess {
  /** Shown in the database's list of connections, or the broker's of consumers. */
  applicationName?: string;
  /** Connections of the embedded driver's pool, default 4. */
  poolSize?: number;
  /** Topics beyond the catalogue, for tests. */
  topics?: readonly TopicDefinition[];
}

/**
 * The driver for a MESSAGING_URL: `ws://host:8080?tenant=…`, `wss://…`, `pulsar://host:6650?tenant=…&admin=http://host:8080`,
 * `pulsar+ssl://…`, `embedded:postgresql://bus_app:…@host:port/database`.
 *
 * @throws `MESSAGING.UNKNOWN_SCHEME`, `MESSAGING.BAD_URL`
 */
export function createDriver(url: string, options: DriverOptions = {}): MessagingDriver {
  const scheme = /^([a-z][a-z0-9+.-]*:)/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const name = options.applicationName ?? 'client';
  switch (scheme) {
    case 'ws:':
    case 'wss:': {
      const access = new PulsarAccess(url, options);
      return new PulsarDriver(access, new WebSocketTransport(access), name);
    }
    case 'pulsar:':
    case 'pulsar+ssl:': {
      const access = new PulsarAccess(url, options);
      return new PulsarDriver(access, new NativeTransport(access), name);
    }
    case 'embedded:':
      return embedded(url, options);
    default:
      throw unknownScheme(scheme === '' ? 'a URL without a scheme' : scheme);
  }
}

function embedded(url: string, options: DriverOptions): MessagingDriver {
  const { topics: own = [], applicationName, poolSize } = options;
  return new EmbeddedDriver({
    ...(applicationName === undefined ? {} : { applicationName }),
    ...(poolSize === undefined ? {} : { poolSize }),
    url: url.slice('embedded:'.length),
    policies: topicPolicies([...Object.values(topics), ...own]),
  });
}
