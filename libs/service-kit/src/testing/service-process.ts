import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { ConfigInput } from '../config/load-config.js';
import { until } from './until.js';

/** A service as it is deployed: a process of its own with nothing but its environment, which a test can kill. */
export class ServiceProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    private readonly managementUrl: string,
  ) {}

  /**
   * Starts a service on ports of its own.
   *
   * @param main the built `main.js` of the service
   * @param config values by the names of the environment
   */
  static async start(main: string, config: ConfigInput): Promise<ServiceProcess> {
    const [port, managementPort] = [await freePort(), await freePort()];
    const variables = Object.entries({ ...config, PORT: port, MANAGEMENT_PORT: managementPort });
    const child = spawn(process.execPath, [main], {
      env: { ...process.env, ...Object.fromEntries(variables.map(([name, value]) => [name, String(value)])) },
      stdio: 'ignore',
    });
    return new ServiceProcess(child, `http://127.0.0.1:${port}`, `http://127.0.0.1:${managementPort}`);
  }

  /** Whether a connection or a row that bears an instance's name is this process's. */
  isNamedBy(instance: string): boolean {
    return instance.includes(`-${this.child.pid}-`);
  }

  /** Waits until it may be sent traffic. @throws Error when it ends before, or does not become ready */
  async ready(): Promise<void> {
    await until(async () => {
      if (this.hasEnded()) throw new Error('the service has ended while it started');
      return fetch(`${this.managementUrl}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  }

  /** Ends it with SIGKILL, wherever it is; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.hasEnded()) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  private hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
