import { createServer } from 'node:net';
import { instanceNumbers, serviceNames, type Layout } from './layout.js';

export class PortInUseError extends Error {
  readonly code = 'STANDALONE.PORT_IN_USE';

  constructor(port: number) {
    super(`Port ${port} on 127.0.0.1 is in use: stop what listens there, or choose others with --port-base.`);
  }
}

/** Fails early and in one sentence, before a database is started, when a port that we need is taken. */
export async function assertPortsFree(layout: Layout, instances = 1): Promise<void> {
  for (const service of serviceNames) {
    for (const instance of instanceNumbers(instances)) {
      for (const port of [layout.port(service, instance), layout.managementPort(service, instance)]) {
        if (!(await isFree(port))) throw new PortInUseError(port);
      }
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
