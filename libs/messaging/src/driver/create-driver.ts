import { topics, type TopicDefinition } from '@risk-budget/contracts';
import { driverUnavailable, unknownScheme } from '../errors.js';
import { topicPolicies } from '../events/registry.js';
import type { MessagingDriver } from './driver.js';
import { EmbeddedDriver } from './embedded/embedded-driver.js';

export interface DriverOptions {
  /** Shown in the database's list of connections. */
  applicationName?: string;
  /** Connections of the embedded driver's pool, default 4. */
  poolSize?: number;
  /** Topics beyond the catalogue, for tests. */
  topics?: readonly TopicDefinition[];
}

/** Schemes of drivers that are known and not in this build. */
const planned = new Set(['pulsar:', 'pulsar+ssl:', 'ws:', 'wss:']);

/**
 * The driver for a MESSAGING_URL, such as `embedded:postgresql://bus_app:…@host:port/database`.
 *
 * @throws `MESSAGING.UNKNOWN_SCHEME`, `MESSAGING.DRIVER_UNAVAILABLE`
 */
export function createDriver(url: string, options: DriverOptions = {}): MessagingDriver {
  const scheme = /^([a-z][a-z0-9+.-]*:)/i.exec(url)?.[1]?.toLowerCase() ?? '';
  if (planned.has(scheme)) throw driverUnavailable(scheme);
  if (scheme !== 'embedded:') throw unknownScheme(scheme === '' ? 'a URL without a scheme' : scheme);
  const { topics: own = [], ...rest } = options;
  return new EmbeddedDriver({
    ...rest,
    url: url.slice('embedded:'.length),
    policies: topicPolicies([...Object.values(topics), ...own]),
  });
}
