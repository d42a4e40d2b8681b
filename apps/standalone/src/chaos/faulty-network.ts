import { TcpProxy } from '@risk-budget/chaos';
import type { Deployment } from '../deployment.js';
import { instanceNumbers, serviceNames, type ServiceName } from '../layout.js';

/** The two connections of one instance of a service. */
export interface FaultyLines {
  readonly database: TcpProxy;
  readonly broker: TcpProxy;
}

export interface FaultyNetwork {
  /** The deployment as its services see it: through the proxies. */
  readonly deployment: Deployment;
  /** By service, an item for each instance. */
  readonly lines: ReadonlyMap<ServiceName, readonly FaultyLines[]>;
  close(): Promise<void>;
}

/** Puts a proxy between every instance of a service and its database, and another between it and its broker. */
export async function faultyNetwork(deployment: Deployment, instances: number): Promise<FaultyNetwork> {
  const lines = new Map<ServiceName, readonly FaultyLines[]>();
  for (const name of serviceNames) {
    const { DATABASE_URL, MESSAGING_URL } = deployment.configOf(name);
    const linesOfOne = async (): Promise<FaultyLines> => ({
      database: await TcpProxy.to(addressOf(String(DATABASE_URL))),
      broker: await TcpProxy.to(addressOf(String(MESSAGING_URL))),
    });
    lines.set(name, await Promise.all(instanceNumbers(instances).map(linesOfOne)));
  }
  return {
    deployment: {
      ...deployment,
      configOf: (service, instance = 1) => {
        const direct = deployment.configOf(service, instance);
        const own = lines.get(service)?.[instance - 1];
        if (own === undefined) return direct;
        return {
          ...direct,
          DATABASE_URL: through(String(direct['DATABASE_URL']), own.database.port),
          MESSAGING_URL: through(String(direct['MESSAGING_URL']), own.broker.port),
        };
      },
    },
    lines,
    close: async () => {
      for (const { database, broker } of [...lines.values()].flat()) {
        await Promise.all([database.close(), broker.close()]);
      }
    },
  };
}

/** The one address on loopback within a URL, whatever its scheme. */
const loopback = /127\.0\.0\.1:(\d+)/;

function addressOf(url: string): { host: string; port: number } {
  const port = Number(loopback.exec(url)?.[1]);
  if (!Number.isInteger(port)) throw new Error('the URL of a chaos run names no port on 127.0.0.1');
  return { host: '127.0.0.1', port };
}

function through(url: string, port: number): string {
  return url.replace(loopback, `127.0.0.1:${port}`);
}
