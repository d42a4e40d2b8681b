import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from '../metrics/metrics.js';
import type { Readiness } from './readiness.js';

export interface ManagementServerOptions {
  readonly host: string;
  readonly port: number;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly about: Readonly<Record<string, string>>;
}

/**
 * The port for those who run the service: `/health/live` (the process works), `/health/ready` (send it traffic), `/metrics`. It opens
 * before anything else and closes last, so that a service that waits for its database can be seen waiting.
 */
export class ManagementServer {
  private readonly server: Server;

  constructor(private readonly options: ManagementServerOptions) {
    this.server = createServer((request, response) => {
      this.answer(request, response).catch(() => send(response, 500, 'text/plain', 'the answer could not be made\n'));
    });
  }

  /** @returns the base URL */
  async open(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(this.options.port, this.options.host, () => resolve());
    });
    return baseUrl(this.options.host, (this.server.address() as AddressInfo).port);
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return send(response, 405, 'text/plain', 'only GET\n', { allow: 'GET, HEAD' });
    if (path === '/health/live') return sendJson(response, 200, { status: 'live', ...this.options.about });
    if (path === '/health/ready') {
      const report = await this.options.readiness.report();
      return sendJson(response, report.status === 'ready' ? 200 : 503, { ...report, ...this.options.about });
    }
    if (path === '/metrics') {
      const { registry } = this.options.metrics;
      return send(response, 200, registry.contentType, await registry.metrics());
    }
    send(response, 404, 'text/plain', 'there are /health/live, /health/ready and /metrics\n');
  }
}

/** The URL of a listening address; an unspecified address is reached by the loopback. */
export function baseUrl(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, 'application/json; charset=utf-8', JSON.stringify(body));
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(body);
}
